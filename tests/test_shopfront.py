"""The two example services: what is found in one, nothing in the other, and what each finding hangs on."""

from __future__ import annotations

import ast
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from statelint.engine.run import run
from statelint.model.diagnostics import Role, Severity
from statelint.model.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parents[1] / "examples"
SHOPFRONT = EXAMPLES / "shopfront"
STATELESS = EXAMPLES / "shopfront-stateless"


class Found(NamedTuple):
    """What identifies a finding here; `symbol` is the last part of the reported one."""

    rule: str
    path: str
    symbol: str


CARTS = Found("instance-state", "shopfront/stores/carts.py", "_carts")
SEEN = Found("instance-state", "shopfront/services/history.py", "_seen")
WATCHERS = Found("instance-state", "shopfront/services/hub.py", "_watchers")
HELD = Found("class-state", "shopfront/services/holds.py", "_held")
ATTEMPTS = Found("closure-state", "shopfront/security/rate_limit.py", "attempts")
FLAGS = Found("module-state", "shopfront/config/flags.py", "FLAGS")
JOBS = Found("module-state", "shopfront/services/jobs.py", "JOBS")
BANNER = Found("app-state", "shopfront/app.py", "banner")
PICTURES = Found("local-upload", "shopfront/stores/media.py", "write_bytes")
FEEDBACK = Found("local-file-write", "shopfront/stores/feedback.py", "open")
NIGHTLY = Found("in-process-scheduler", "shopfront/scheduling.py", "BackgroundScheduler")
DATABASE = Found("local-database", "shopfront/stores/database.py", "create_engine")
LOG = Found("local-log-file", "shopfront/observability/logs.py", "RotatingFileHandler")
PRODUCTS = Found("memoized-io", "shopfront/services/catalog.py", "product_by_sku")
KEY = Found("per-process-secret", "shopfront/security/tokens.py", "SIGNING_KEY")

IN_CODE = {
    CARTS,
    SEEN,
    WATCHERS,
    HELD,
    ATTEMPTS,
    FLAGS,
    JOBS,
    BANNER,
    PICTURES,
    FEEDBACK,
    NIGHTLY,
    DATABASE,
    LOG,
    PRODUCTS,
    KEY,
}
IN_DEPLOYMENT = {
    Found("sticky-session", "k8s/service.yaml", "sessionAffinity"),
    Found("sticky-session", "k8s/ingress.yaml", "io/affinity"),
    Found("sticky-session", "nginx/nginx.conf", "ip_hash"),
    Found("local-volume", "k8s/deployment.yaml", "data"),
}

# What goes when one thing is deleted: (file below `shopfront/`, what is deleted) -> findings. A state that
# two routes read outlives the deletion of either; whatever is not listed here takes no finding with it.
HANGS_ON = {
    # routes, by the name of the function
    ("api/cart.py", "put_item"): {CARTS},
    ("api/cart.py", "put_hold"): {HELD},
    ("api/catalog.py", "show_product"): {SEEN},
    ("api/live.py", "watch"): {WATCHERS},
    ("api/accounts.py", "log_in"): {ATTEMPTS},
    ("api/admin.py", "set_flag"): {FLAGS},
    ("api/admin.py", "set_banner"): {BANNER},
    ("api/reports.py", "start_report"): {JOBS},
    ("api/media.py", "upload_picture"): {PICTURES},
    ("api/feedback.py", "send_feedback"): {FEEDBACK},
    # dependencies
    ("api/deps.py", "Depends(get_carts)"): {CARTS},
    ("api/catalog.py", "Depends(track_view)"): {SEEN},
    # modules that are brought in
    ("app.py", "from shopfront.scheduling import make_scheduler"): {NIGHTLY},
    ("app.py", "from shopfront.observability.logs import write_log"): {LOG},
    ("stores/database.py", "from shopfront.settings import settings"): {DATABASE},
    ("api/deps.py", "from shopfront.stores.carts import CartStore, get_carts"): {CARTS},
    ("api/cart.py", "from shopfront.api.deps import Carts, Customer"): {CARTS},
    ("api/cart.py", "from shopfront.services.holds import StockHolds"): {HELD},
    ("api/catalog.py", "from shopfront.services.history import track_view"): {SEEN},
    ("api/live.py", "from shopfront.services.hub import hub"): {WATCHERS},
    ("api/accounts.py", "from shopfront.security.rate_limit import limited"): {ATTEMPTS},
    ("api/admin.py", "from shopfront.config import flags"): {FLAGS},
    ("api/reports.py", "from shopfront.services import jobs, reports"): {JOBS},
    ("api/media.py", "from shopfront.stores import media"): {PICTURES},
    ("api/feedback.py", "from shopfront.stores import feedback"): {FEEDBACK},
    ("services/catalog.py", "from shopfront.stores import products"): {PRODUCTS},
    ("stores/products.py", "from shopfront.stores.database import transaction"): {PRODUCTS},
}

OUTLIVES_EACH = {KEY}
"""One route hands out what the key signs, others check it: without either the key is still used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One `Depends`, route or import; `node` gives the span (lines from 1, columns in bytes) that goes."""

    path: str
    what: str
    kind: str
    node: ast.stmt | ast.expr
    instead: str

    def __str__(self) -> str:
        """Name the test case."""
        return f"{self.kind} {self.path}: {self.what}"

    def apply(self, package: Path) -> None:
        """Delete it from a copy of the package; the lines below stay where they are."""
        first = self.node.lineno
        if isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min(decorator.lineno for decorator in self.node.decorator_list)
        last = self.node.end_lineno or first
        file = package / self.path
        lines = file.read_text(encoding="utf-8").splitlines()
        head = lines[first - 1][: self.node.col_offset]
        tail = lines[last - 1][self.node.end_col_offset :]
        lines[first - 1 : last] = [head + self.instead + tail, *[""] * (last - first)]
        text = "\n".join(lines) + "\n"
        ast.parse(text)
        file.write_text(text, encoding="utf-8")


def deletions(package: Path) -> Iterator[Deletion]:
    """List every route, `Depends` and import of the package's own modules.

    The one that brings the routers into `app.py` is left out: a router counts as mounted wherever it is made.
    """
    for file in sorted(package.rglob("*.py")):
        path = file.relative_to(package).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        in_lists = {id(item) for node in ast.walk(tree) if isinstance(node, ast.List) for item in node.elts}
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str(module)) if module.startswith("shopfront"):
                    if (path, module) != ("app.py", "shopfront.api"):
                        yield Deletion(
                            path=path, what=ast.unparse(node), kind="import", node=node, instead="pass"
                        )
                case ast.Call(func=ast.Name(id="Depends")):
                    instead = "" if id(node) in in_lists else "None"
                    yield Deletion(
                        path=path, what=ast.unparse(node), kind="depends", node=node, instead=instead
                    )
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    if any(ast.unparse(item).startswith("router.") for item in node.decorator_list):
                        yield Deletion(path=path, what=name, kind="route", node=node, instead="pass")
                case _:
                    pass


DELETIONS = tuple(deletions(SHOPFRONT / "shopfront"))


def bare(symbol: str) -> str:
    """Strip a symbol to its last part: `CartStore._carts` and `self._carts` are `_carts`."""
    return symbol.replace("()", "").split("[")[0].strip().split(".")[-1]


def findings(project: Path) -> list[Found]:
    """Lint a project as a developer would, and insist that everything could be read."""
    report = run(Settings(project=project, paths=(project,)))
    assert report.problems == ()
    return sorted(Found(found.rule, found.place.path, bare(found.symbol)) for found in report.findings)


def test_shopfront_hides_what_its_readme_says() -> None:
    assert findings(SHOPFRONT) == sorted(IN_CODE | IN_DEPLOYMENT)


def test_the_deployment_says_how_many_carts_there_are_and_what_stickiness_covers_up() -> None:
    report = run(Settings(project=SHOPFRONT, paths=(SHOPFRONT,)))
    by_place = {Found(one.rule, one.place.path, bare(one.symbol)): one for one in report.findings}

    cart = by_place[CARTS]
    copies = [(item.place.path, item.message) for item in cart.evidence if item.role is Role.COPIES]
    assert cart.severity is Severity.ERROR
    assert copies == [
        ("k8s/deployment.yaml", "3 replicas x 4 workers of `Deployment/shopfront`"),
        ("Dockerfile", "each of them starts 4 workers"),
    ]
    sticky = by_place[Found("sticky-session", "k8s/service.yaml", "sessionAffinity")]
    assert "covers up `CartStore._carts`" in sticky.message
    assert cart.place in {item.place for item in sticky.evidence}


def test_nothing_is_found_once_everything_is_moved_out() -> None:
    assert findings(STATELESS) == []


def test_both_services_have_the_same_routes() -> None:
    def routes(project: Path) -> list[str]:
        return sorted(str(case) for case in deletions(project / "shopfront") if case.kind == "route")

    assert routes(STATELESS) == routes(SHOPFRONT)


def test_each_expectation_names_something_that_is_deleted() -> None:
    assert HANGS_ON.keys() <= {(case.path, case.what) for case in DELETIONS}


def test_each_finding_in_code_hangs_on_something() -> None:
    assert set().union(*HANGS_ON.values()) == IN_CODE - OUTLIVES_EACH


@pytest.mark.parametrize("case", DELETIONS, ids=str)
def test_a_deletion_takes_exactly_the_findings_that_hang_on_it(case: Deletion, tmp_path: Path) -> None:
    project = tmp_path / "shopfront"
    shutil.copytree(SHOPFRONT, project, ignore=shutil.ignore_patterns("__pycache__"))
    case.apply(project / "shopfront")

    gone = HANGS_ON.get((case.path, case.what), set())

    assert findings(project) == sorted((IN_CODE - gone) | IN_DEPLOYMENT)
