"""An electronic health record in memory, for unit tests: the same promises as a real one, and faults on demand.

It books, refuses and loses answers the way the Athena adapter reports it; tests/contracts holds both to one suite.
"""

from moonlit.ehr.memory.ehr import MemoryEhr

__all__ = ["MemoryEhr"]
