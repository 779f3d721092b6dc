"""`loc check`: what is looked at, and which rules look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loc import projects, yaml_nodes
from loc.declarations import Declarations
from loc.gateways import definitions as loading
from loc.gateways import dependencies as deptry
from loc.gateways import hadolint, import_graph, secrets, zizmor
from loc.locations import discover, owner
from loc.rules import (
    credentials,
    definitions,
    dependencies,
    environment,
    images,
    layout,
    naming,
    readiness,
    separation,
    values,
    workflows,
    workspace,
)
from loc.settings import LOCATIONS, PLATFORM, SHARED, SHARED_PACKAGE, VALUES, WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loc.findings import Finding
    from loc.gateways.worktree import Worktree
    from loc.locations import Location
    from loc.projects import Project
    from loc.yaml_nodes import Node


@dataclass(frozen=True)
class Scope:
    """What is looked at: locations; with `whole`, also what stands for no location.

    `staged` are the paths of the next commit, and then only they are searched for credentials.
    """

    locations: tuple[Location, ...]
    whole: bool
    staged: frozenset[str] | None = None

    def searches(self, path: str) -> bool:
        """Say whether a file is searched for credentials."""
        return self.staged is None or path in self.staged

    def holds(self, folder: str) -> bool:
        """Say whether a folder outside of the locations is looked at."""
        if self.staged is None:
            return self.whole
        return any(path.startswith(f"{folder}/") for path in self.staged)


def staged_scope(known: Sequence[Location], staged: Sequence[str]) -> Scope:
    """Look at the locations that own a path of the next commit, or whose values are in it."""
    touched = {owner(path) for path in staged}
    wanted = tuple(loc for loc in known if loc.name in touched or loc.values in staged)
    names = (WORKSPACE, f"{LOCATIONS}/", f"{VALUES}/")
    whole = any(path.startswith(names) for path in staged)
    return Scope(wanted, whole, frozenset(staged))


def check(worktree: Worktree, scope: Scope, *, load: bool) -> list[Finding]:
    """Check what is in scope against all rules; without `load`, against those that only read."""
    found = [projects.read(loc, worktree.below(loc.path)) for loc in scope.locations]
    read = [
        *_files(found),
        *_foreign(worktree, scope),
        *_separation(worktree, scope, found),
        *_deployment(worktree, scope),
    ]
    read += [*_dependencies(worktree, found), *_images(worktree, found)]
    read += _credentials(
        worktree, scope, found, {(f.path, f.line) for f in read if f.code == values.SECRET.code}
    )
    if load:
        read += _loaded(worktree, found)
    return sorted(set(read))


def _files(found: Sequence[Project]) -> Iterator[Finding]:
    """Check what needs nothing but the location's own files."""
    for project in found:
        yield from layout.find(project.location, project.files)
        yield from layout.unreadable(project.unreadable)
        declared = project.declared
        known = declared if isinstance(declared, Declarations) else None
        yield from naming.find(project.location, known)
        yield from dependencies.find(declared) if declared else ()
        yield from environment.find(project.modules)
        yield from separation.find_jobs(project.layer("jobs"))
        yield from readiness.find(project.layer("ops"))
        yield from definitions.find(project.repository) if project.repository else ()


def _foreign(worktree: Worktree, scope: Scope) -> Iterator[Finding]:
    """Check what stands among the locations and is itself a link or another repository."""
    beside = [p for p in worktree.paths if p.startswith(f"{LOCATIONS}/") and owner(p) is None]
    yield from layout.find_foreign(worktree.read(beside) if scope.whole else ())


def _separation(worktree: Worktree, scope: Scope, found: Sequence[Project]) -> Iterator[Finding]:
    """Check imports; a package that cannot be read whole is passed by, with findings of its own."""
    library, unreadable = projects.read_library(worktree.below(SHARED))
    modules = [*library, *(m for project in found for m in project.modules)]
    resources = separation.resource_classes(modules)
    for project in found:
        yield from separation.find_ops(project.layer("ops"), resources)
    packages = {p.location.name: p.location.package for p in found if p.is_whole}
    checked = set(packages)
    if library and not unreadable:
        packages[SHARED_PACKAGE] = f"{SHARED}/{SHARED_PACKAGE}"
    if scope.holds(SHARED):
        yield from layout.unreadable(unreadable)
        yield from layout.links(worktree.below(SHARED), SHARED)
        checked |= packages.keys()
    edges, unparsed = import_graph.build(worktree.root, packages)
    yield from layout.unreadable(unparsed)
    known = {location.name for location in discover(worktree.paths)}
    by_name = {module.name: module for module in modules}
    yield from separation.find_imports(edges, checked, known, by_name)


def _dependencies(worktree: Worktree, found: Sequence[Project]) -> Iterator[Finding]:
    for project in found:
        declared = project.declared
        if isinstance(declared, Declarations):
            paths = [module.path for module in project.modules]
            mismatches = deptry.compare(
                worktree.root, declared.path, paths, project.location.name, declared.ignored
            )
            rows = [(m.path, m.line, m.code, m.name) for m in mismatches]
            yield from dependencies.find_mismatches(declared, rows)


def _images(worktree: Worktree, found: Sequence[Project]) -> Iterator[Finding]:
    files = [(project.location, project.dockerfile) for project in found]
    for location, file in files:
        yield from images.find(location, file) if file else ()
    readable = [file.path for _, file in files if file and not file.unread]
    yield from images.find_linted(hadolint.lint(worktree.root, readable))


def _deployment(worktree: Worktree, scope: Scope) -> Iterator[Finding]:
    """Check the YAML files: values, workspace and workflows."""
    known = discover(worktree.paths)
    listed = [p for p in worktree.paths if p.startswith(f"{VALUES}/") and p.endswith(".yaml")]
    entries, broken = _yaml(worktree, WORKSPACE)
    names = {location.name for location in known}
    yield from broken
    locations = known if scope.whole else scope.locations
    yield from workspace.find(locations, names, entries, listed, whole=scope.whole)
    for location in scope.locations:
        if location.values in listed:
            node, broken = _yaml(worktree, location.values)
            yield from broken
            yield from values.find(location, node) if node else ()
            yield from images.find_tags(location.values, node) if node else ()
    platform = f"{VALUES}/{PLATFORM}.yaml"
    if platform in listed and scope.holds(VALUES):
        node, broken = _yaml(worktree, platform)
        yield from broken
        yield from values.find_secrets(platform, node) if node else ()
        yield from images.find_tags(platform, node) if node else ()
    yield from _workflows(worktree, scope)


def _workflows(worktree: Worktree, scope: Scope) -> Iterator[Finding]:
    suffixes = (".yaml", ".yml")
    inside = f"{workflows.WORKFLOWS}/"
    paths = [p for p in worktree.paths if p.startswith(inside) and p.endswith(suffixes)]
    if not scope.holds(workflows.WORKFLOWS):
        return
    readable = []
    for path in paths:
        node, broken = _yaml(worktree, path)
        yield from broken
        readable += [path] if node else []
    yield from workflows.find(zizmor.audit(worktree.root, readable))


def _credentials(
    worktree: Worktree, scope: Scope, found: Sequence[Project], told: set[tuple[str, int]]
) -> list[Finding]:
    files = [file for project in found for file in project.files]
    own = {location.values for location in scope.locations}
    extra = [p for p in worktree.paths if p in own or _is_extra(scope, p)]
    files += worktree.read(extra)
    wanted = [file for file in files if scope.searches(file.path)]
    texts = [secrets.Text(*text) for text in credentials.searchable(wanted)]
    rows = ((path, secret.line, secret.kinds) for path, secret in secrets.search(texts))
    fresh = [row for row in rows if row[:2] not in told]
    return [*credentials.find(fresh), *credentials.find_unsearched(wanted)]


def _is_extra(scope: Scope, path: str) -> bool:
    platform = f"{VALUES}/{PLATFORM}.yaml"
    if path == platform:
        return scope.holds(VALUES)
    return path.startswith(f"{SHARED}/") and scope.holds(SHARED)


def _loaded(worktree: Worktree, found: Sequence[Project]) -> Iterator[Finding]:
    able = [project for project in found if project.is_whole and project.repository]
    reports = loading.load(worktree.root, [project.location for project in able])
    for project, report in zip(able, reports, strict=True):
        told = {f.code for f in definitions.find(project.repository)} if project.repository else ()
        for finding in definitions.find_loaded(project.location, report):
            if finding.code not in told:
                yield finding
        if not report.error and len(report.definitions) == 1:
            yield from naming.find_registered(project.location, report, project.modules)
            yield from readiness.find_registered(project.location, report, project.modules)


def _yaml(worktree: Worktree, path: str) -> tuple[Node | None, list[Finding]]:
    if path not in worktree.paths:
        return None, [values.UNREADABLE.at(path, 1, "the file is missing")]
    [file] = worktree.read([path])
    if file.unread:
        return None, [values.UNREADABLE.at(path, 1, f"not readable: {file.unread}")]
    try:
        return yaml_nodes.read(file.content), []
    except yaml_nodes.YamlError as error:
        return None, [values.UNREADABLE.at(path, error.line, f"not readable: {error.reason}")]
