"""What Applications of which only Argo CD knows the parameters may take here, as far as the template of their set tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.affected.applicationset_reads import is_seen, value_patterns
from bot.affected.fields import Fields
from bot.affected.filled_paths import fixed_part
from bot.affected.generator_kinds import DEEPEST, NO_KINDS, nested
from bot.affected.sources import Lookup
from bot.model.unit import CannotRender

_OF_CLUSTERS = frozenset({"clusters", "clusterDecisionResource", "list", "matrix", "merge"})
_MOST = 100


class MayTake:
    """Gathered from the templates of one set's generators, which have no ``templatePatch``: that may say anything else."""

    def __init__(self, where: str, lookup: Lookup) -> None:
        self._where = where
        self._lookup = lookup
        self._paths: dict[tuple[str, str, bool], None] = {}
        self._values: dict[str, None] = {}

    def values(self, template: Mapping[str, object]) -> None:
        """Note the value files of a template. Raises WrongShape."""
        self._values.update(dict.fromkeys(value_patterns(template, self._where, self._lookup)))

    def path(self, source: Fields, *, sure: bool) -> None:
        """Note the path of a source. ``sure``: it has to be here for the clusters that there are; what a generator finds in
        files and repositories goes with them. Raises WrongShape."""
        path = source.text("path").strip("/")
        must = sure and "{{" in path and bool(fixed_part(path)) and is_seen(source, self._lookup)
        self._paths[source.text("repoURL"), path, must] = None

    def told_by(self, part: CannotRender) -> CannotRender:
        """The part of the set, which says it too. Of very many paths none counts."""
        paths = () if len(self._paths) > _MOST else tuple(self._paths)
        return replace(part, values_like=tuple(self._values)[:_MOST], paths_like=paths)


def gives_clusters(generator: Fields, depth: int = 0) -> bool:
    """Whether parameters come of clusters and of what the set writes itself, and of nothing else. Raises WrongShape."""
    kinds = {kind for kind in generator.mapping() if kind not in NO_KINDS}
    return (
        kinds <= _OF_CLUSTERS and depth <= DEEPEST and all(gives_clusters(one, depth + 1) for one in nested(generator))
    )
