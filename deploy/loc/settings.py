"""Where things stand in the repository: the conventions that every part of `loc` shares."""

LOCATIONS = "locations"
"""Folder of the locations, one folder each."""

SHARED = "shared"
"""Folder of the shared library's project."""

SHARED_PACKAGE = "shared_resources"
"""Import name of the shared library, and the name of its folder in `SHARED`."""

WORKSPACE = "workspace.yaml"
"""File that lists the locations of the local workspace."""

LOCK = "uv.lock"
"""The one lock of all packages; only uv writes it."""

TEMPLATE = "deploy/template"
"""Folder of the new location's template: its files lie where the rendered ones will."""

LOCAL = ".local"
"""Folder that git ignores, for what is only of this machine."""

VALUES = "deploy/values"
"""Folder of the values files: `<location>.yaml` says how a location runs."""

PLATFORM = "platform"
"""Name among the values files that is no location: the control plane."""

MAIN = "main"
"""Branch that says how each location should look."""

PRODUCTION = "production"
"""Branch that records what runs: one values file per location, with its image's tag."""

REMOTE = "origin"
"""Remote of the branches above."""
