"""Which versions are at work here, and whether they are those that this package asks for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata

from packaging.requirements import Requirement

from .sign_in import Check

_OWN = "ocigenai_nb"
_TOLD = ("openai", "oci", "ipykernel", "ipywidgets", "jupyterlab")
_EXTRA = re.compile(r"\bextra\b")
_LAB = re.compile(r"\bextra == [\"']lab[\"']")


def check_packages(
    requirements: Sequence[str] | None = None, versions: Mapping[str, str] | None = None
) -> Check:
    """Whether what is installed fits what this package requires, as its own metadata says.

    What only JupyterLab needs may be missing. `requirements` and `versions` take the place of
    what is read from the environment.
    """
    wanted = [*_read(_requirements() if requirements is None else requirements)]
    names = dict.fromkeys([*_TOLD, *(requirement.name for requirement, _ in wanted)])
    found = _find_versions(names) if versions is None else versions
    text = _list_versions(found)
    missing = [
        requirement for requirement, may in wanted if not may and requirement.name not in found
    ]
    wrong = [
        requirement
        for requirement, _ in wanted
        if requirement.name in found
        and not requirement.specifier.contains(found[requirement.name], prereleases=True)
    ]
    if missing:
        names = dict.fromkeys(requirement.name for requirement in missing)
        return Check("packages", "failed", f"{text} Missing: {', '.join(names)}.", _advise(missing))
    if wrong:
        pairs = [f"{each.name} {found[each.name]} (not {each.specifier})" for each in wrong]
        return Check(
            "packages", "warned", f"{text} Do not fit: {', '.join(pairs)}.", _advise(wrong)
        )
    return Check("packages", "passed", text)


def _requirements() -> Sequence[str]:
    """As the installed package states them; none where it runs from its sources alone."""
    try:
        return metadata.requires(_OWN) or ()
    except metadata.PackageNotFoundError:
        return ()


def _read(requirements: Iterable[str]) -> Iterable[tuple[Requirement, bool]]:
    """What counts here, and whether it may be missing: an extra's packages may."""
    for line in requirements:
        requirement = Requirement(line)
        marker = str(requirement.marker or "")
        lab = _LAB.search(marker) is not None
        if (lab or not _EXTRA.search(marker)) and (
            requirement.marker is None
            or requirement.marker.evaluate({"extra": "lab" if lab else ""})
        ):
            yield requirement, lab


def _find_versions(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _list_versions(found: Mapping[str, str]) -> str:
    own = str(vars(sys.modules[_OWN])["__version__"])
    python = sys.version.partition(" ")[0]
    told = [f"{name} {found[name]}" for name in _TOLD if name in found]
    return f"{', '.join([f'{_OWN} {own}', f'Python {python}', *told])}."


def _advise(wanted: Iterable[Requirement]) -> str:
    words = " ".join(f'"{each.name}{each.specifier}"' for each in wanted)
    return f"Install them: `python -m pip install {words}`"
