"""Small wrong versions of a module, one change each: what a good test must notice."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
SWAPPED_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
LEFT_ALONE = {"annotation", "returns", "decorator_list", "bases"}
"""Fields of the tree that hold types, or what only Python itself checks (frozen, slots)."""

EnumMembers = dict[str, list[str]]


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change at one place of one module. `code()` compiles the module with the change in it."""

    module: str
    path: Path
    tree: ast.Module
    holder: ast.AST
    field: str
    index: int | None
    new: ast.AST | None
    function: str
    line: int
    what: str

    @property
    def key(self) -> str:
        """Names the change without its line, so that it stays true when lines move."""
        return f"{self.path.stem}.{self.function}: {self.what}"

    def code(self) -> CodeType:
        old = self._put(self.new)
        try:
            return compile(self.tree, str(self.path), "exec")
        finally:
            self._put(old)

    def _put(self, node: ast.AST | None) -> ast.AST | None:
        if self.index is None:
            old = getattr(self.holder, self.field)
            setattr(self.holder, self.field, node)
            return old
        nodes = getattr(self.holder, self.field)
        old, nodes[self.index] = nodes[self.index], node
        return old


def enum_members(*paths: Path) -> EnumMembers:
    """The members of every enum class in the files: names in capitals, assigned in a class that derives from an enum."""
    found = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
                names = [each.targets[0] for each in node.body if isinstance(each, ast.Assign)]
                found[node.name] = [each.id for each in names if isinstance(each, ast.Name)]
    return found


def mutants(module: str, path: Path, members: EnumMembers) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    tree = ast.parse(path.read_text("utf-8"))
    found = []
    for holder, field, index, node, function in _places(tree, "module"):
        for new in _variants(node, members):
            if new is not None:
                ast.fix_missing_locations(ast.copy_location(new, node))
            what = f"{_text(node)} -> {'nothing' if new is None else _text(new)}"
            line = getattr(node, "lineno", 0) or getattr(holder, "lineno", 0)
            found.append(Mutant(module, path, tree, holder, field, index, new, function, line, what))
    return found


def _places(holder: ast.AST, function: str) -> Iterator[tuple[ast.AST, str, int | None, ast.AST, str]]:
    if isinstance(holder, ast.FunctionDef | ast.ClassDef):
        function = holder.name if function == "module" else f"{function}.{holder.name}"
    for field, value in ast.iter_fields(holder):
        if field in LEFT_ALONE:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                yield holder, field, index, node, function
                yield from _places(node, function)


def _variants(node: ast.AST, members: EnumMembers) -> Iterator[ast.AST | None]:
    match node:
        case ast.Compare(left, [operator], right):
            yield from (ast.Compare(left, [other()], right) for other in COMPARED[type(operator)])
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
            for left_out in range(len(values)):
                rest = [each for index, each in enumerate(values) if index != left_out]
                yield ast.BoolOp(operator, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp(left, operator, right):
            yield ast.BinOp(left, COMPUTED[type(operator)](), right)
        case ast.AugAssign(target, operator, value):
            yield ast.AugAssign(target, COMPUTED[type(operator)](), value)
            yield ast.Pass()
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.If(_, body, orelse):
            yield from (ast.If(ast.Constant(known), body, orelse) for known in (True, False))
        case ast.IfExp(_, body, orelse):
            yield from (body, orelse)
        case ast.comprehension(target, source, conditions):
            for left_out in range(len(conditions)):
                rest = [each for index, each in enumerate(conditions) if index != left_out]
                yield ast.comprehension(target, source, rest, 0)
        case ast.match_case(pattern, ast.expr(), body):
            yield ast.match_case(pattern, None, body)
        case ast.MatchOr(patterns):
            for left_out in range(len(patterns)):
                rest = [each for index, each in enumerate(patterns) if index != left_out]
                yield ast.MatchOr(rest) if len(rest) > 1 else rest[0]
        case ast.Call(ast.Name(name), arguments, keywords):
            if name in SWAPPED_CALLS:
                yield ast.Call(ast.Name(SWAPPED_CALLS[name], ast.Load()), arguments, keywords)
            if name[0].isupper() and len(arguments) > 1:
                yield ast.Call(node.func, arguments[:-1], keywords)
            for left_out in [each for each in keywords if each.arg]:
                yield ast.Call(node.func, arguments, [each for each in keywords if each is not left_out])
        case ast.Attribute(ast.Name(name), member) if member in members.get(name, ()):
            names = members[name]
            yield ast.Attribute(node.value, names[(names.index(member) + 1) % len(names)], ast.Load())
        case ast.Continue() | ast.Break() | ast.Return(None) | ast.Expr(ast.Yield() | ast.YieldFrom() | ast.Call()):
            yield ast.Pass()
        case ast.FunctionDef(returns=ast.Name("bool"), body=[*before, ast.Return(ast.expr())]):
            for known in (True, False):
                end = ast.Return(ast.Constant(known))
                yield ast.FunctionDef(**{**dict(ast.iter_fields(node)), "body": [*before, end]})


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef):
        node = node.body[-1]
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    if isinstance(node, ast.match_case) and node.guard:
        return f"case {ast.unparse(node.pattern)} if {ast.unparse(node.guard)}"
    return " ".join(ast.unparse(node).split())
