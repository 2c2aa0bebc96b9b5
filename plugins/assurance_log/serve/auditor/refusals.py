"""Problems as a person reads them: at the pages' addresses, a page says what is wrong.

Every other address answers a problem as JSON, a page's own files too: no person opens those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import predicates
from assurance_log.serve.auditor import render

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

    from assurance_log.serve.problems import ProblemError


def response(scope: Scope, problem: ProblemError) -> Response:
    """Return the answer that this address gives to a problem; nothing is read from the log."""
    path = scope["path"]
    is_page = path == "/" or f"{path}/".startswith(f"{render.ROOT}/")
    if is_page and not path.startswith(f"{render.ROOT}/files/"):
        return page(scope, problem)
    return problem.response()


def page(scope: Scope, problem: ProblemError, **known: Any) -> Response:
    """Return a problem's page.

    Args:
        scope: Of the request.
        problem: What is wrong.
        **known: What else of the page is known: `page`, its name; `asked`, what the form held;
            `tree_head`, which names the log.
    """
    values = {"page": "problem", "asked": {}, "tree_head": None, **common(scope), **known}
    return render.problem(problem, **values)


def common(scope: Scope) -> dict[str, Any]:
    """Return what the template of every page is given."""
    return {
        # Links are relative: a proxy may have put all of this below a path of its own.
        "up": "../" * (scope["raw_path"].count(b"/") - 1),
        "predicate_types": sorted(predicates.KINDS),
    }
