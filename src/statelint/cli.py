"""The command line: words in, a page and an exit status out.

This module and the package `commands` are the only ones that know click. Everything heavy is imported by the
command that needs it, so that `--help` and shell completion stay quick.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from statelint import __version__
from statelint.errors import StatelintError, UsageError
from statelint.model.diagnostics import Confidence
from statelint.model.settings import Audience

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from click.shell_completion import CompletionItem

    from statelint.model.diagnostics import Report
    from statelint.model.settings import Settings
    from statelint.reporters import RenderOptions
    from statelint.reporters.output import Output

INTERRUPTED = 130  # 128 + SIGINT, as shells count
PIPE_CLOSED = 141  # 128 + SIGPIPE

_EPILOG = """\
\b
Examples:
  statelint src
  statelint --format github --select module-state,local-file-write .
  statelint explain app/carts.py:12
  statelint --changed-since origin/main
  statelint baseline write --because "to be moved out of the process until June"

\b
Exit status:
  0  nothing was found (notes do not count)
  1  an error or a warning was found
  2  the job could not be done wholly: wrong usage or configuration,
     a file that could not be read, or nothing was checked
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; a mistake of the user is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(args=argv, prog_name="statelint", standalone_mode=False)
    except click.ClickException as error:
        from statelint.commands.mistakes import worded

        _tell("error", worded(error))
        return 2
    except StatelintError as error:
        _tell("error", str(error))
        return 2
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except _PipeClosedError:
        # The reader has gone (`| head`); what is left must not be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    return int(status or 0)


class _PipeClosedError(Exception):
    """The reader of standard output has gone; click would exit by itself on a BrokenPipeError."""


class _CheckByDefault(click.Group):
    """A group whose first word may be left out: `statelint src` is `statelint check src`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version", *self.commands}
        if ctx.resilient_parsing and not args:
            return super().parse_args(ctx, args)  # a shell asks what the first word can be
        if not args or args[0] not in own:
            if args and not os.path.lexists(args[0]):
                from statelint.commands.mistakes import check_first_word

                check_first_word(args[0], self.commands)
            args = ["check", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        from statelint.commands.completion import files

        items = super().shell_complete(ctx, incomplete)
        if not incomplete.startswith("-"):
            return [files(incomplete), *items]  # first: bash forgets the words before it
        with check.make_context("check", [], parent=ctx, resilient_parsing=True) as context:
            return [*check.shell_complete(context, incomplete), *items]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[check] [OPTIONS] [PATHS]...")
        formatter.write_usage(ctx.command_path, "explain RULE | PATH:LINE", prefix="       ")
        formatter.write_usage(ctx.command_path, "rules", prefix="       ")
        formatter.write_usage(ctx.command_path, "knowledge [PACKAGE]", prefix="       ")
        formatter.write_usage(ctx.command_path, "graph [--format json|dot|mermaid] PATHS", prefix="       ")
        formatter.write_usage(ctx.command_path, "topology [--format text|json] PATHS", prefix="       ")
        formatter.write_usage(ctx.command_path, "baseline write | check | prune", prefix="       ")
        formatter.write_usage(ctx.command_path, "init", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = (
            param for param in (*check.params, *self.get_params(ctx)) if isinstance(param, click.Option)
        )
        own = [option.get_help_record(ctx) for option in options]
        with formatter.section("Options"):
            formatter.write_dl([record for record in own if record is not None])
        self.format_commands(ctx, formatter)


class _Words(click.ParamType[tuple[str, ...]]):
    """Words between commas, as in `--select a,b`."""

    name = "rules"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        del param, ctx
        if isinstance(value, tuple):
            return value
        return tuple(word.strip() for word in str(value).split(",") if word.strip())

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        del ctx, param
        from statelint.commands.completion import listed_rule_ids

        return list(listed_rule_ids(incomplete))


class _Format(click.ParamType[str]):
    """The name of a reporter; asks the reporters which there are."""

    name = "format"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        del param, ctx
        from statelint.reporters import format_names

        return f"[{'|'.join(format_names())}]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from statelint.reporters import format_names, unknown_format

        if value not in format_names():
            self.fail(str(unknown_format(str(value))), param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        del ctx, param
        from click.shell_completion import CompletionItem

        from statelint.reporters import format_names

        return [CompletionItem(name) for name in format_names() if name.startswith(incomplete)]


class _Subject(click.ParamType[str]):
    """What can be explained: a rule, or a line of a file."""

    name = "subject"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        del ctx, param
        from statelint.commands.completion import files, rule_ids

        return [files(incomplete), *rule_ids(incomplete)]


class _Output(click.ParamType["Output"]):
    """A format and a file, as in `--output sarif=out.sarif`."""

    name = "output"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Output:
        from statelint.reporters.output import parse_output

        try:
            return parse_output(str(value))
        except UsageError as error:
            self.fail(str(error), param, ctx)


_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read this configuration in place of the project's.",
)
_select_option = click.option(
    "--select", type=_Words(), multiple=True, help="Report these rules only, e.g. `a,b`."
)
_ignore_option = click.option("--ignore", type=_Words(), multiple=True, help="Do not report these rules.")
_confidence_option = click.option(
    "--min-confidence",
    type=click.Choice([word.value for word in Confidence]),
    help="Report only what is at least this sure.",
)
_audience_option = click.option(
    "--audience",
    type=click.Choice([word.value for word in Audience]),
    help="developer: what is likely and matters (default); auditor: everything, notes included.",
)
_baseline_option = click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The baseline, in place of the project's `statelint-baseline.toml`.",
)
_isolated_option = click.option("--isolated", is_flag=True, help="Read no configuration.")
_color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour the output."
)
_quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Print what is found and nothing else: no summary, no progress."
)
_cache_dir_option = click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    envvar="STATELINT_CACHE_DIR",
    metavar="DIR",
    help="Keep the cache there, not in the user's own folder for caches.",
)
_no_cache_option = click.option("--no-cache", is_flag=True, help="Neither use nor keep a cache.")


@click.group(cls=_CheckByDefault, context_settings=_CONTEXT, epilog=_EPILOG)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Find hidden server-side state: what one instance of a service remembers between two requests.

    PATHS choose what is reported (default: the current folder): all that is made in them, or has a step
    of its evidence there. The project around them is read as a whole.
    """


@cli.command(epilog=_EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_select_option
@_ignore_option
@click.option("--format", "output_format", type=_Format(), help="How to write the report.")
@click.option(
    "--output",
    "outputs",
    type=_Output(),
    multiple=True,
    metavar="FORMAT=FILE",
    help="Also write a report to a file, e.g. `sarif=out.sarif`; may be given several times.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in place of 1 when something is found.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use at most N processes.")
@_confidence_option
@_audience_option
@click.option(
    "--changed-since",
    metavar="REV",
    help="Report only what concerns files changed since `HEAD` branched off from this revision of git.",
)
@click.option(
    "--changed-files",
    is_flag=True,
    help="PATHS are the files of a change, in the project here: report only what concerns them.",
)
@_baseline_option
@click.option("--no-baseline", is_flag=True, help="Report what the baseline has, too.")
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the text of FILE from standard input, the rest of its project from disk; PATHS is then `-`.",
)
@click.option("--statistics", is_flag=True, help="Count what is found in place of showing it.")
@click.option("--show-files", is_flag=True, help="List the files that would be read, and check nothing.")
@click.option("--show-settings", is_flag=True, help="Show each setting and its source, and check nothing.")
@_config_option
@_isolated_option
@_color_option
@_quiet_option
@_cache_dir_option
@_no_cache_option
def check(
    paths: tuple[Path, ...],
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    output_format: str | None,
    outputs: tuple[Output, ...],
    exit_zero: bool,
    jobs: int | None,
    min_confidence: str | None,
    audience: str | None,
    changed_since: str | None,
    changed_files: bool,
    baseline_file: Path | None,
    no_baseline: bool,
    stdin_filename: Path | None,
    statistics: bool,
    show_files: bool,
    show_settings: bool,
    config: Path | None,
    isolated: bool,
    cache_dir: Path | None,
    no_cache: bool,
    color: str,
    quiet: bool,
    *,
    strict_baseline: bool = False,
) -> int:
    """Report the hidden state in PATHS (the default command)."""
    from statelint.commands.streams import progress, read_buffer

    overrides = {
        "baseline_file": _absolute(baseline_file),
        "strict_baseline": strict_baseline or None,
        **_chosen(select, ignore, min_confidence, audience),
        "output_format": output_format,
        "exit_zero": exit_zero,
        "jobs": jobs,
        "buffer": read_buffer(paths, stdin_filename),
    }
    if no_baseline and (baseline_file or strict_baseline):
        raise UsageError("`--no-baseline` leaves no baseline to use: leave it out")
    paths = (stdin_filename,) if stdin_filename else paths
    named = () if changed_files else paths
    if show_settings:
        return _show_settings(named, overrides, config, color, isolated=isolated)
    settings = _settings(named, overrides, config, isolated=isolated)
    settings = _with_changes(settings, changed_since, paths if changed_files else None)
    if not no_baseline:
        settings = _with_baseline(settings)

    from statelint.commands.caches import cache_folder, cache_in
    from statelint.engine.run import run
    from statelint.engine.select import exit_status
    from statelint.reporters import format_names, unknown_format

    if settings.output_format not in format_names():
        raise unknown_format(settings.output_format)
    options = _render_options(settings, color, quiet=quiet)
    if show_files:
        return _show_files(settings, options)
    if statistics:
        from statelint.reporters.statistics import check_format, render

        check_format(settings.output_format)
    else:
        from statelint.reporters import render
    folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
    with cache_in(folder, settings, partial(_tell, "warning")) as cache, progress(quiet=quiet) as tell:
        report = run(settings, tell, cache=cache)
    failed = _write_files(report, options, outputs)
    _write(render(report, options))
    if failed:
        raise failed
    return exit_status(report, settings)


@cli.command()
@click.argument("what", metavar="RULE|PATH:LINE", type=_Subject())
@_config_option
@_isolated_option
@_color_option
@_cache_dir_option
@_no_cache_option
def explain(
    what: str, config: Path | None, isolated: bool, color: str, cache_dir: Path | None, no_cache: bool
) -> int:
    r"""Explain a rule, or what is believed about a line of code.

    \b
    Examples:
      statelint explain module-state
      statelint explain app/carts.py:12
    """
    path, colon, line = what.rpartition(":")
    if colon and path and line.isascii() and line.isdigit():
        from statelint.commands.caches import cache_folder

        folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
        page = _explain_line(Path(path), int(line), config, folder, isolated=isolated)
    elif Path(what).exists():
        raise UsageError(f"`{what}` is a path: say which line, as in `{what}:12`")
    else:
        page = _explain_rule(what, color)
    _write(page if page.endswith("\n") else f"{page}\n")
    return 0


@cli.command()
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
def rules(output_format: str) -> int:
    """List the rules, one a line, or with their pages as JSON."""
    from statelint.engine.catalog import load_catalog
    from statelint.reporters.rules_page import render_list

    _write(render_list(load_catalog().pages(), as_json=output_format == "json"))
    return 0


@cli.command()
def init() -> int:
    """Write a first configuration for the project around the current folder."""
    from statelint.commands.first_settings import start_page, write_first_settings
    from statelint.commands.streams import progress

    with progress() as tell:
        start = write_first_settings(Path.cwd(), tell)
    _write(start_page(start, _render_options(start.settings, "auto")))
    return 0


@cli.command()
@click.argument("package", required=False)
@click.option("--all", "everything", is_flag=True, help="Show all of it, as one page of Markdown.")
@click.option("--form", is_flag=True, help="Show the form of knowledge files, for your own.")
@_config_option
@_isolated_option
def knowledge(package: str | None, everything: bool, form: bool, config: Path | None, isolated: bool) -> int:
    r"""List the frameworks and libraries that are known, or show what is known of one.

    What the project here adds is part of it.

    \b
    Examples:
      statelint knowledge flask
      statelint knowledge --all > knowledge.md
    """
    from statelint.knowledge import known_files
    from statelint.reporters import knowledge_page

    if bool(package) + everything + form > 1:
        raise UsageError("a package, `--all` and `--form` are three things to show: give one of them")
    if form:
        _write(knowledge_page.render_form())
        return 0
    settings = _settings((), {}, config, isolated=isolated)
    files, options = known_files(settings.knowledge), _render_options(settings, "never")
    if package:
        _write(knowledge_page.render_subject(files, package, options))
    elif everything:
        _write(knowledge_page.render_all(files, options))
    else:
        _write(knowledge_page.render_list(files, options))
    return 0


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "fish", "zsh"]))
def completion(shell: str) -> int:
    r"""Print the script that completes words of statelint in a shell.

    \b
    bash, in ~/.bashrc:                   eval "$(statelint completion bash)"
    zsh, in ~/.zshrc:                     eval "$(statelint completion zsh)"
    fish, in ~/.config/fish/config.fish:  statelint completion fish | source
    """
    from statelint.commands.completion import script

    _write(script(cli, shell))
    return 0


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["json", "dot", "mermaid"]),
    default="json",
    help="json: who calls whom (default); dot, mermaid: draw how requests reach state.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Use at most N processes.")
@_config_option
@_isolated_option
@_cache_dir_option
@_no_cache_option
def graph(
    paths: tuple[Path, ...],
    output_format: str,
    jobs: int | None,
    config: Path | None,
    isolated: bool,
    cache_dir: Path | None,
    no_cache: bool,
) -> int:
    """Print the call graph of PATHS, or draw how requests reach state."""
    from statelint.commands.caches import cache_folder, cache_in
    from statelint.commands.streams import progress
    from statelint.engine.graph import read_graph
    from statelint.reporters.graph import render_graph, render_problems

    settings = _settings(paths, {"jobs": jobs, "output_format": output_format}, config, isolated=isolated)
    folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
    with cache_in(folder, settings, partial(_tell, "warning")) as cache, progress() as tell:
        told = read_graph(settings, tell, states=output_format != "json", cache=cache)
    options = _render_options(settings, "never")
    sys.stderr.write(render_problems(told, options))
    _write(render_graph(told.graph, options))
    return 2 if any(problem.fatal for problem in told.problems) else 0


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@_select_option
@_ignore_option
@_confidence_option
@_audience_option
@_config_option
@_isolated_option
@_color_option
@_cache_dir_option
@_no_cache_option
def topology(
    paths: tuple[Path, ...],
    output_format: str,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    min_confidence: str | None,
    audience: str | None,
    config: Path | None,
    isolated: bool,
    color: str,
    cache_dir: Path | None,
    no_cache: bool,
) -> int:
    """List the services of a project: what each runs, in how many copies, and what was found in it."""
    from statelint.commands.caches import cache_folder, cache_in
    from statelint.commands.streams import progress
    from statelint.engine.catalog import load_catalog
    from statelint.engine.choices import check_choices
    from statelint.engine.topology import read_topology
    from statelint.reporters.topology_page import render

    overrides = {
        **_chosen(select, ignore, min_confidence, audience),
        "output_format": output_format,
    }
    settings = _settings(paths, overrides, config, isolated=isolated)
    check_choices(settings, load_catalog().ids)
    folder = cache_folder(cache_dir, os.environ, no_cache=no_cache)
    with cache_in(folder, settings, partial(_tell, "warning")) as cache, progress() as tell:
        report = read_topology(settings, tell, cache=cache)
    _write(render(report, _render_options(settings, color)))
    return 2 if any(problem.fatal for problem in report.problems) else 0


@cli.group(short_help="Begin, check or prune a baseline.")
def baseline() -> None:
    """Keep what was there before out of the report, each with a reason why it may stay."""


@baseline.command("write", short_help="Begin a baseline, or add to it.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--add", is_flag=True, help="Take in what is new, if there is a baseline already.")
@click.option("--because", default="", metavar="REASON", help="Why what is written now may stay.")
@_select_option
@_ignore_option
@_confidence_option
@_audience_option
@_baseline_option
@_config_option
def baseline_write(
    paths: tuple[Path, ...],
    add: bool,
    because: str,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    min_confidence: str | None,
    audience: str | None,
    baseline_file: Path | None,
    config: Path | None,
) -> int:
    """Write to the baseline what is reported in PATHS; one that is there grows only with `--add`."""
    overrides = {
        **_chosen(select, ignore, min_confidence, audience),
        "baseline_file": _absolute(baseline_file),
    }
    settings = _settings(paths, overrides, config, isolated=False)

    from statelint.engine.adopt import write

    _write(_line(write(settings, because, add=add), sys.stdout.encoding))
    return 0


@baseline.command("prune", short_help="Remove what is gone.")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@_baseline_option
@_config_option
def baseline_prune(path: Path, baseline_file: Path | None, config: Path | None) -> int:
    """Remove from the baseline of the project at PATH what is not found any more; reasons are kept."""
    settings = _settings((path,), {"baseline_file": _absolute(baseline_file)}, config, isolated=False)

    from statelint.engine.adopt import prune

    _write(_line(prune(settings), sys.stdout.encoding))
    return 0


baseline.add_command(
    click.Command(
        "check",
        params=check.params,
        callback=partial(cast("Callable[..., int]", check.callback), strict_baseline=True),
        short_help="Report what is new, and what is gone.",
        help="Report what is new, and what is wrong with the baseline: entries that are not found any more, "
        "or do not say why they may stay.",
        epilog=_EPILOG,
    )
)


def wants_color(choice: str, environment: Mapping[str, str], *, is_terminal: bool) -> bool:
    """Decide on colour: the option, then FORCE_COLOR, then NO_COLOR, then what kind of output it is."""
    if choice != "auto":
        return choice == "always"
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE"):
        return True
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return is_terminal


def _chosen(
    select: Sequence[tuple[str, ...]],
    ignore: Sequence[tuple[str, ...]],
    min_confidence: str | None,
    audience: str | None,
) -> dict[str, object]:
    """Give what options say of the findings to report; None where an option is not given."""
    return {
        "select": sum(select, ()) or None,
        "ignore": sum(ignore, ()) or None,
        "min_confidence": Confidence(min_confidence) if min_confidence else None,
        "audience": Audience(audience) if audience else None,
    }


def _settings(
    paths: Sequence[Path], overrides: Mapping[str, object], config: Path | None, *, isolated: bool
) -> Settings:
    from statelint.config import load_settings

    if config is not None and isolated:
        raise UsageError("`--config` and `--isolated` contradict each other: give one of them")
    return load_settings(paths or (Path(),), overrides, config, isolated=isolated)


def _with_changes(settings: Settings, revision: str | None, files: Sequence[Path] | None) -> Settings:
    """Narrow what is reported to what concerns a change, if one is given in either way."""
    if revision is None and files is None:
        return settings
    from statelint.changes import changed_since, named_files

    if files is None:
        changed = changed_since(settings.project, revision or "")
    elif revision is None:
        changed = named_files(settings.project, files)
    else:
        raise UsageError("`--changed-since` and `--changed-files` both say what changed: give one of them")
    return replace(settings, changed=changed)


def _with_baseline(settings: Settings) -> Settings:
    from statelint.config import with_baseline

    if settings.strict_baseline:
        from statelint.engine.adopt import require_baseline

        require_baseline(settings)
    return with_baseline(settings)


def _absolute(file: Path | None) -> Path | None:
    return file.absolute() if file is not None else None


def _show_settings(
    paths: Sequence[Path],
    overrides: Mapping[str, object],
    config: Path | None,
    color: str,
    *,
    isolated: bool,
) -> int:
    from statelint.config import load_stated
    from statelint.reporters.settings_page import render

    settings, stated = load_stated(paths or (Path(),), overrides, config, isolated=isolated)
    _write(render(settings, stated, _render_options(settings, color)))
    return 0


def _show_files(settings: Settings, options: RenderOptions) -> int:
    from statelint.reporters.files_page import render
    from statelint.sources import chosen_by_paths, find_files

    sources = find_files(settings)
    _write(render(sources, chosen_by_paths(settings), options))
    return 2 if any(problem.fatal for problem in sources.problems) else 0


def _explain_line(path: Path, line: int, config: Path | None, folder: Path | None, *, isolated: bool) -> str:
    from statelint.commands.caches import cache_in
    from statelint.commands.streams import progress
    from statelint.engine.run import explain_place

    if not path.is_file():
        raise UsageError(f"there is no file `{path}`")
    from statelint.config import is_in_project

    settings = _settings((path,), {}, config, isolated=isolated)
    file = settings.paths[0]
    if not is_in_project(file) and file.is_relative_to(Path.cwd().resolve()):
        # the project is what stands around: a file alone tells nothing of its callers
        settings = _settings((Path(),), {}, config, isolated=isolated)
    inner = file.relative_to(settings.project).as_posix()
    with cache_in(folder, settings, partial(_tell, "warning")) as cache, progress() as tell:
        return explain_place(settings, inner, line, tell, cache=cache)


def _explain_rule(word: str, color: str) -> str:
    from statelint.engine.catalog import load_catalog
    from statelint.reporters.rules_page import render_page

    page = load_catalog().page(word)
    return render_page(word, page, color=wants_color(color, os.environ, is_terminal=sys.stdout.isatty()))


def _write_files(report: Report, options: RenderOptions, outputs: Sequence[Output]) -> StatelintError | None:
    """Write the reports that go to files; a file that cannot be written keeps no other from being written."""
    from statelint.reporters import render
    from statelint.reporters.output import write_output

    failed: StatelintError | None = None
    for output in outputs:
        to_file = replace(options, format_name=output.format_name, color=False, unicode=True)
        try:
            write_output(output, render(report, to_file))
        except UsageError as error:
            failed = failed or error
    return failed


def _render_options(settings: Settings, color: str, *, quiet: bool = False) -> RenderOptions:
    from statelint.reporters import RenderOptions
    from statelint.reporters.repository import repository_root

    base = Path.cwd()
    return RenderOptions(
        format_name=settings.output_format,
        color=wants_color(color, os.environ, is_terminal=sys.stdout.isatty()),
        project=settings.project,
        base=base,
        root=repository_root(settings.project, base, os.environ),
        github_actions=_on_github(),
        unicode=(sys.stdout.encoding or "").lower().startswith("utf"),
        quiet=quiet,
    )


def _on_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise _PipeClosedError from error


def _tell(kind: str, message: str) -> None:
    sys.stderr.write(_line(f"statelint: {kind}: {message}", sys.stderr.encoding))


def _line(message: str, encoding: str | None) -> str:
    """Make one line; what it quotes (a path, a key) may hold anything, so it is escaped like a report."""
    from statelint.reporters.options import RenderOptions
    from statelint.reporters.text import display_text, guard

    options = RenderOptions(
        format_name="concise",
        color=False,
        project=Path(),
        base=Path(),
        root=Path(),
        github_actions=_on_github(),
        unicode=(encoding or "").lower().startswith("utf"),
    )
    return guard(f"{display_text(message, options)}\n", options)
