"""The small faults that are tried on a file: what a slip of the hand or of the mind would leave there.

They are made on the syntax tree, also in tables at the top of a file and in properties, where ready-made tools change
nothing (mutmut 3.8 mutates bodies of undecorated functions only, and its demand for click excludes that of Faust).
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_TWINS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
_LONGEST_TEXT: Final = 240
_CONTEXT: Final = 60
_Compound = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Change:
    """A fault: the statement as it is and as it would be. `number` counts the faults of a file."""

    file: str
    where: str
    line: int
    last_line: int
    before: str
    after: str
    number: int
    at_import: bool

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What names it also when lines have moved."""
        return self.file, self.where, self.before, self.after


@dataclass(frozen=True)
class _Spot:
    """A place in a tree, and what may stand there instead."""

    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST
    statement: ast.AST
    where: str
    at_import: bool


def changes(file: str, source: str) -> list[Change]:
    """Every fault that is tried on a file."""
    found = []
    for number, spot in enumerate(_spots(ast.parse(source), "", at_import=True)):
        before = _header(spot.statement)
        old = _put(spot, spot.new)
        after = _header(spot.new if old is spot.statement else spot.statement)
        _put(spot, old)
        line, last_line = _lines(spot.statement)
        texts = _trimmed(before, after)
        found.append(Change(file, spot.where, line, last_line, *texts, number, spot.at_import))
    return found


def changed(source: str, number: int) -> ast.Module:
    """The tree of a file with one fault."""
    tree = ast.parse(source)
    for count, spot in enumerate(_spots(tree, "", at_import=True)):
        if count == number:
            _put(spot, spot.new)
            return ast.fix_missing_locations(tree)
    raise IndexError(number)


def _put(spot: _Spot, node: Any) -> Any:  # noqa: ANN401 - whatever may stand in a tree
    if spot.index is None:
        old = getattr(spot.parent, spot.field)
        setattr(spot.parent, spot.field, node)
    else:
        row = getattr(spot.parent, spot.field)
        old = row[spot.index]
        row[spot.index] = node
    return old


def _spots(tree: ast.AST, where: str, *, at_import: bool, statement: ast.AST | None = None) -> Iterator[_Spot]:
    for field, value in ast.iter_fields(tree):
        if field in {"annotation", "returns", "decorator_list", "ctx", "op", "ops"}:
            continue
        many = isinstance(value, list)
        for index, node in enumerate(value) if many else [(None, value)]:
            if not isinstance(node, ast.AST) or _is_left_alone(node, tree):
                continue
            ours = node if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case) else statement
            inner, inner_at_import = where, at_import
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{where}.{node.name}" if where else node.name
            if isinstance(node, ast.stmt) and isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
                inner_at_import = False
            if ours is not None:
                for new in _instead(node, where):
                    yield _Spot(
                        tree, field, index if many else None, ast.copy_location(new, node), ours, where, inner_at_import
                    )
            yield from _spots(node, inner, at_import=inner_at_import, statement=ours)


def _is_left_alone(node: ast.AST, parent: ast.AST) -> bool:
    """What is for people or for the type checker: logs, docstrings, messages of errors, types."""
    match node:
        case (
            ast.Expr(value=ast.Constant() | ast.Call(func=ast.Attribute(value=ast.Name(id="log"))))
            | ast.Assign(targets=[ast.Name(id="message" | "msg" | "__slots__" | "log")])
            | ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar" | "NewType")))
            | ast.Raise(exc=ast.Name(id="AssertionError"))
            | ast.Assert()
            | ast.Import()
            | ast.ImportFrom()
        ):
            return True
        case ast.ClassDef(bases=bases):
            return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in bases)
        case ast.Assign(value=ast.Subscript() | ast.BinOp()):
            return isinstance(parent, ast.Module)  # a type has a name: Literal[...], Callable[...], one | other
        case ast.Constant(value=str()):
            return isinstance(parent, ast.JoinedStr) or _is_call_of(parent, "cast")
    return False


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _instead(node: ast.AST, where: str) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    yield from _instead_of_operation(node)
    yield from _instead_of_value(node)
    yield from _instead_of_statement(node, where)
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not isinstance(
            test, ast.Compare | ast.UnaryOp | ast.Constant
        ):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.comprehension(ifs=ifs):
            for at in range(len(ifs)):
                yield _with(node, ifs=ifs[:at] + ifs[at + 1 :])
        case ast.ExceptHandler(body=body) if not isinstance(body[0], ast.Raise):
            yield _with(node, body=[ast.Raise()])
        case ast.match_case(pattern=pattern) if not isinstance(pattern, ast.MatchAs) or pattern.pattern is not None:
            yield _with(node, guard=ast.Constant(value=False))


def _instead_of_operation(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                if type(op) in _COMPARISONS:
                    yield _with(node, ops=[*ops[:at], _COMPARISONS[type(op)](), *ops[at + 1 :]])
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            yield _with(node, op=_ARITHMETIC[type(op)]())
            if isinstance(op, ast.BitOr):
                yield from (left, right)


def _instead_of_value(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(value=not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value=value + 1)
        case ast.Constant(value=str() as value):
            yield ast.Constant(value=value + "~")
        case ast.Constant(value=bytes() as value):
            yield ast.Constant(value=value + b"~")
        case ast.Call(func=ast.Name(id=name)) if name in _TWINS:
            yield _with(node, func=ast.Name(id=_TWINS[name], ctx=ast.Load()))
        case ast.Call(func=func, args=[one, other, *rest]) if not (
            _is_call_of(node, "isinstance") or _is_call_of(node, "cast")
        ):
            if not isinstance(one, ast.Starred) and not isinstance(other, ast.Starred):
                yield _with(node, func=func, args=[other, one, *rest])


def _instead_of_statement(node: ast.AST, where: str) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Raise() | ast.Delete() | ast.Break():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) if not where.endswith("__init__"):
            yield ast.Pass()
        case ast.AugAssign(op=op):
            yield ast.Pass()
            if type(op) in _ARITHMETIC:
                yield _with(node, op=_ARITHMETIC[type(op)]())
        case ast.Continue():
            yield ast.Break()
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield ast.Return(value=ast.Constant(value=None))
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body) if all(
            item.optional_vars is None for item in items
        ):
            yield ast.If(test=ast.Constant(value=True), body=body, orelse=[])


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _header(statement: ast.AST) -> str:
    """A statement as Python would write it, of a block its head only."""
    match statement:
        case ast.ClassDef() | ast.Try():
            return ast.unparse(statement).partition("\n")[0]
        case ast.Match(subject=subject):
            return f"match {ast.unparse(subject)}:"
        case ast.match_case(pattern=pattern, guard=guard):
            return f"case {ast.unparse(pattern)}{'' if guard is None else f' if {ast.unparse(guard)}'}:"
        case ast.ExceptHandler(body=body):
            caught = "" if statement.type is None else f" {ast.unparse(statement.type)}"
            return f"except{caught}: {ast.unparse(body[0])}"
        case _ if isinstance(statement, _Compound):
            bare = _with(statement, body=[ast.Pass()], orelse=[], decorator_list=[])
            return ast.unparse(ast.fix_missing_locations(bare)).removesuffix("pass").strip()
    return ast.unparse(statement)


def _lines(statement: ast.AST) -> tuple[int, int]:
    """The lines of a statement, of a block those of its head."""
    if isinstance(statement, ast.match_case):
        return statement.pattern.lineno, statement.pattern.lineno
    first: int = getattr(statement, "lineno", 1)
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return first, max(first, body[0].lineno - (0 if isinstance(statement, ast.ExceptHandler) else 1))
    return first, getattr(statement, "end_lineno", first)


def _trimmed(before: str, after: str) -> tuple[str, str]:
    """Long texts without what they have in common far from the change."""
    if max(len(before), len(after)) <= _LONGEST_TEXT:
        return before, after
    same = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    alike = next((at for at, (a, b) in enumerate(zip(before[::-1], after[::-1], strict=False)) if a != b), 0)
    begin, rest = max(0, same - _CONTEXT), max(0, alike - _CONTEXT)
    return before[begin : len(before) - rest], after[begin : len(after) - rest]
