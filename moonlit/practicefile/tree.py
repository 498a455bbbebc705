"""YAML as nodes that remember their lines. Scalars keep the text as it was written: the readers decide what it means,
so that a zip code never becomes a number and the country code NO never becomes false.
"""

from __future__ import annotations

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moonlit.practicefile.faults import Fault, FaultyFileError

LARGEST_FILE = 20_000_000
"""Characters. A practice of a thousand clinicians is a tenth of it."""
DEEPEST = 30

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = ("null", "bool", "int", "float", "timestamp", "str", "seq", "map")
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in _PLAIN)
_NULL = "tag:yaml.org,2002:null"
_TEXT = "tag:yaml.org,2002:str"


def line_of(node: Node) -> int:
    return node.start_mark.line + 1


def is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == _NULL


def is_text(node: Node) -> bool:
    """Quoted, or a plain word that YAML itself takes for text."""
    return isinstance(node, ScalarNode) and node.tag == _TEXT


def is_quoted(node: Node) -> bool:
    return isinstance(node, ScalarNode) and bool(node.style)  # plain is None or "", by loader


def compose(text: str) -> MappingNode:
    """The file's top mapping. Raises FaultyFileError for anything that is not one plain YAML document."""
    if len(text) > LARGEST_FILE:
        raise FaultyFileError([Fault(1, "", "file_too_large", "The file is larger than 20 million characters.")])
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = f"This is not YAML: {error.problem or error.context}."
        raise FaultyFileError([Fault(mark.line + 1 if mark else 1, "", "malformed_yaml", sentence)]) from None
    except (yaml.YAMLError, RecursionError):
        sentence = "This is not YAML: it holds characters or nesting that cannot be read."
        raise FaultyFileError([Fault(1, "", "malformed_yaml", sentence)]) from None
    if root is None:
        raise FaultyFileError([Fault(1, "", "empty_file", "The file is empty.")])
    if not isinstance(root, MappingNode):
        raise FaultyFileError([Fault(line_of(root), "", "wrong_type", "The file must be a mapping of sections.")])
    if odd := _odd_things(root):
        raise FaultyFileError(odd)
    return root


def _odd_things(root: Node) -> list[Fault]:
    """References and tags have no place in a practice file, and a reference can blow a small file up."""
    found, seen, waiting = [], set(), [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if id(node) in seen:
            found.append(Fault(line_of(node), "", "yaml_reference", "References (& and *) are not allowed here."))
            continue
        seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            found.append(Fault(line_of(node), "", "yaml_tag", f"The tag {node.tag} is not allowed here."))
        if depth > DEEPEST:
            found.append(Fault(line_of(node), "", "malformed_yaml", "The file is nested too deeply."))
            continue
        if isinstance(node, MappingNode):
            waiting += [(each, depth + 1) for pair in node.value for each in pair]
        elif isinstance(node, SequenceNode):
            waiting += [(each, depth + 1) for each in node.value]
    return found
