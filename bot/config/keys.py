"""Every key of ``.gatehouse.yaml``, once: what it holds and what it means. Reading, ``gatehouse config`` and
docs/configuration.md all come from this table."""

from __future__ import annotations

from bot.config import judging, schema, serving
from bot.config.contradictions import unread_keys
from bot.config.kinds import Flag, Key, ListOf, Section, SomeOf, Whole, Word
from bot.config.texts import (
    DATE,
    GLOB,
    KIND,
    KIND_PATTERN,
    KUBE_VERSION,
    LABEL,
    NAME,
    OBJECT,
    OWNER,
    PATH,
    PRINCIPAL,
    RESOURCE_PATH,
    RULE,
    SENTENCE,
    URL,
    WORD_PATTERN,
)
from bot.model.unit import Renderer

ENVIRONMENT = Section(
    schema.EnvironmentRule,
    short="name",
    keys=(
        Key("name", NAME, "The environment's name in reports."),
        Key(
            "match",
            ListOf(GLOB),
            "Units whose path one of these patterns holds belong to it.",
            "units are matched by name",
        ),
        Key("production", Flag(), "Whether people other than the team depend on it.", "told by its name"),
        Key("aliases", ListOf(NAME), "Other words for it in paths and file names, such as `prd` for `production`."),
        Key(
            "kubernetes",
            KUBE_VERSION,
            "The version of its clusters, in quotes: the schema check judges by it, and charts are told it.",
            "`render.kube_version`, else the newest that is bundled",
        ),
    ),
)

APP = Section(
    schema.AppRule,
    (
        Key("name", NAME, "The application's name in reports."),
        Key("match", ListOf(GLOB), "Units whose path one of these patterns holds belong to it."),
    ),
)

UNIT = Section(
    schema.UnitRule,
    check=unread_keys,
    keys=(
        Key("path", PATH, "The directory (or the chart, or the one manifest file) that is rendered; `.` is the root."),
        Key(
            "renderer",
            Word(Renderer),
            "Who renders it. `flux` and `argocd`: the entry says something of what an object of theirs deploys.",
            "as discovered",
        ),
        Key("app", NAME, "Its application.", "derived from the path"),
        Key(
            "environment",
            NAME,
            "Its environment: a name or alias out of `environments`, where that is written.",
            "derived from the path",
        ),
        Key("values", ListOf(PATH), "`helm` only: values files, from the root of the repository; later ones win."),
        Key("release", LABEL, "`helm` only: the release's name.", "the chart's name"),
        Key(
            "namespace",
            LABEL,
            "The namespace that Helm deploys into, also for Flux and Argo CD, or of plain objects that name none.",
            "as discovered",
        ),
        Key("recurse", Flag(), "`plain` only: sub-directories too.", "as discovered"),
        Key(
            "restrict",
            Flag(),
            "Whether its kustomization may load only files below its own directory.",
            "`render.load_restrictor`",
        ),
        Key(
            "enable_helm",
            Flag(),
            "Whether its kustomization may inflate charts that are in the repository.",
            "`render.enable_helm`",
        ),
        Key(
            "root",
            Flag(),
            "`false`: no unit by itself, but a part of others or a template. It says nothing of what an object of Flux or"
            " Argo CD deploys.",
            "`true`",
        ),
    ),
)

RENDER = Section(
    schema.RenderRule,
    (
        Key("timeout_seconds", Whole(1, 3600), "A render that takes longer is stopped, and its unit reported."),
        Key("memory_mib", Whole(128, 65536), "A render that needs more memory is stopped, and its unit reported."),
        Key("output_mib", Whole(1, 1024), "A render that prints more is stopped, and its unit reported."),
        Key(
            "kube_version",
            KUBE_VERSION,
            "The Kubernetes version of environments that do not name theirs, in quotes.",
            "Helm's own for charts, the newest that is bundled for the schema check",
        ),
        Key(
            "enable_helm",
            Flag(),
            "Whether kustomizations may inflate charts that are in the repository.",
            "where one that is deployed does so already",
        ),
        Key(
            "load_restrictor",
            Word(schema.LoadRestrictor),
            "`RootOnly`: a kustomization loads files only below its own directory. `None`: from the whole repository.",
        ),
    ),
)

PLACE = Section(
    schema.PathRule,
    short="path",
    keys=(
        Key("path", RESOURCE_PATH, "The place, with everything below it, as reports print it."),
        Key("kinds", ListOf(KIND), "Only in objects of these kinds, such as `Deployment`.", "every kind"),
    ),
)

NOISE = Section(
    schema.Noise,
    (
        Key(
            "fold",
            SomeOf(schema.NoiseRule),
            "Known by-products of other changes, left out of diffs and counted: `helm-chart-label` (chart and version),"
            " `checksum-annotation` (hashes of configuration on Pod templates), `random-annotation` (Helm's `rollme`),"
            " `generator-hash` (new names of generated objects), `app-version-label` (`app.kubernetes.io/version`),"
            " `sops-metadata` (who can decrypt a file, and its checksum).",
        ),
        Key(
            "paths",
            ListOf(PLACE),
            "Places that are folded too: changed, added or removed, and still named and counted.",
        ),
        Key("show", ListOf(PLACE), "Places that are never folded, whatever rule or path says so."),
    ),
)

ENVIRONMENTS_OF = (
    "The environments it holds for, by name or alias; where no environments are configured, by any usual name "
    "(`prod` for `production`)."
)

GATE = Section(
    judging.GateRule,
    (
        Key("fails_on", Word(judging.FailsOn), "The least severity that stops the merge."),
        Key("environments", ListOf(NAME), ENVIRONMENTS_OF, "all"),
        Key("checks", SomeOf(judging.CheckName), "The checks it holds for."),
    ),
)

LEVEL = Section(
    judging.LevelRule,
    (
        Key("rule", RULE, "The rule, or `check/*` for all of a check."),
        Key("severity", Word(judging.RuleLevel), "Its severity; `off` drops its findings."),
        Key("environments", ListOf(NAME), ENVIRONMENTS_OF, "all"),
    ),
)

BOUNDARY = Section(
    judging.BoundaryRule,
    (
        Key("paths", ListOf(GLOB), "Units whose path one of these patterns holds."),
        Key(
            "namespaces",
            ListOf(WORD_PATTERN),
            "The namespaces they may deploy to; `*` is any run of characters.",
            "any",
        ),
        Key("kinds", ListOf(WORD_PATTERN), "The kinds they may hold, as `Kind` or `Kind.group`.", "any"),
        Key("deny_kinds", ListOf(WORD_PATTERN), "Kinds they may not hold, whatever `kinds` says.", "none"),
    ),
)

SCHEMA = Section(
    judging.SchemaRule,
    (
        Key("unknown_kinds", Word(judging.UnknownKinds), "What a kind is that no schema is known for."),
        Key("crds", ListOf(GLOB), "The files in which CRDs are looked for.", "every YAML and JSON file"),
        Key(
            "left_out",
            ListOf(KIND_PATTERN),
            "Kinds that are not judged: `Kind`, `Kind.group`, or `*.group` for a whole group.",
        ),
    ),
)

POLICY = Section(
    judging.PolicyRule,
    (
        Key("directories", ListOf(PATH), "Where the repository's own policies lie."),
        Key("baseline", SomeOf(judging.BaselineRule), "The rules of Gatehouse's own policies that are asked."),
        Key("seconds", Whole(1, 60), "A policy that takes longer for one object is stopped, and blocks."),
        Key("total_seconds", Whole(1, 3600), "All policies together, of the repository and of Gatehouse each."),
        Key("memory_mib", Whole(16, 16384), "What policies may use beyond the engine itself."),
    ),
)

CHECKS = Section(
    judging.ChecksRule,
    (
        Key("run", SomeOf(judging.CheckName), "The checks that run."),
        Key(
            "gates",
            ListOf(GATE),
            "Which new findings stop the merge; the first entry that holds counts.",
            "errors, and nothing in environments that are named after development, test or preview, or in overlays on "
            "these that nothing deploys",
        ),
        Key("levels", ListOf(LEVEL), "Severities other than the rules' own; the first entry that holds counts."),
        Key("existing", Flag(), "Whether findings that were there before stop the merge as well."),
        Key(
            "boundaries",
            ListOf(BOUNDARY),
            "What each team's paths may hold; the first entry that holds a unit's path counts.",
            "kinds of the platform are findings in the paths of app teams",
        ),
        Key("schema", SCHEMA, "What the schema check knows, and leaves out."),
        Key("policy", POLICY, "Which policies judge, and what they may use."),
    ),
)

WAIVER = Section(
    judging.Waiver,
    (
        Key("rule", RULE, "The rule whose findings are accepted."),
        Key("owner", OWNER, "Who accepts it."),
        Key("reason", SENTENCE, "Why it is accepted."),
        Key("expires", DATE, "The last day on which it counts."),
        Key("units", ListOf(GLOB), "Only in units whose path one of these patterns holds.", "everywhere"),
        Key("objects", ListOf(OBJECT), "Only for these objects; `*` is any run of characters.", "all objects"),
        Key("environments", ListOf(NAME), ENVIRONMENTS_OF, "all"),
    ),
)

_ROLE = Word(serving.Role)

COMMAND = Section(
    serving.CommandRule,
    (
        Key(
            "permission",
            _ROLE,
            "The least permission in the repository that it takes.",
            "`read` for `help`, `write` for `cancel`, `triage` for the others",
        ),
        Key("allow", ListOf(PRINCIPAL), "Only these people, teams and groups, out of those.", "all of those"),
        Key("author", Flag(), "Whether whoever opened the pull request may as well.", "`true`"),
    ),
)

OVERRIDE = Section(
    serving.OverrideRule,
    (
        Key("allow", ListOf(PRINCIPAL), "The people, teams and groups who may.", "nobody may"),
        Key("permission", _ROLE, "The least permission in the repository that they need besides."),
    ),
)

COMMANDS = Section(
    serving.CommandsRule,
    (
        Key("help", COMMAND, "Says which commands there are; each is told only those that they may give."),
        Key("check", COMMAND, "Checks again."),
        Key("explain", COMMAND, "Explains a rule, or why a path reaches a unit."),
        Key("diff", COMMAND, "Says how two environments differ."),
        Key("status", COMMAND, "Says which images run where."),
        Key("override", OVERRIDE, "Takes a failed check for passed, for one head."),
        Key("cancel", COMMAND, "Ends a check that waits or runs."),
    ),
)

PULL_REQUESTS = Section(
    serving.PullRequestsRule,
    (
        Key(
            "forks",
            Word(serving.Forks),
            "What becomes of pull requests from other repositories: `check` renders them, without any credential, as all"
            " others; `refuse` renders nothing, and their status is an error.",
        ),
        Key(
            "approvals",
            Word(serving.CountedApprovals),
            "Which approvals count for owners: `head`: those of the head as it is now; `any`: those of earlier heads, too.",
        ),
    ),
)

FILE = Section(
    schema.Config,
    (
        Key("version", Whole(1, 1), "The version of this format."),
        Key(
            "environments",
            ListOf(ENVIRONMENT),
            "All environments, the least risky first.",
            "derived from directory and file names",
        ),
        Key(
            "apps",
            ListOf(APP),
            "Which paths belong to which application; the first match counts.",
            "derived from the path",
        ),
        Key(
            "units",
            ListOf(UNIT),
            "Units that discovery does not find, or should see differently: each stands instead of what is found by the"
            " files at its path.",
        ),
        Key(
            "ignore",
            ListOf(GLOB),
            "Paths that deploy nothing, on purpose: neither units nor reported as unmapped. What another unit reads of them"
            " counts all the same.",
        ),
        Key(
            "plain",
            ListOf(GLOB),
            "Directories of plain manifests that are deployed although nothing in the repository says so.",
        ),
        Key(
            "repository",
            Section(
                schema.RepositoryRule,
                (Key("urls", ListOf(URL), "URLs under which Argo CD and Flux objects name this repository."),),
            ),
            "This repository's own identity.",
        ),
        Key("render", RENDER, "Limits and options of rendering."),
        Key(
            "diff",
            Section(schema.DiffRule, (Key("noise", NOISE, "What is known noise."),)),
            "How differences are shown.",
        ),
        Key("checks", CHECKS, "What is judged, and what stops the merge.", "all run, and new errors stop the merge"),
        Key(
            "waivers",
            ListOf(WAIVER),
            "Findings accepted until a day. Read from the base side, as all of this file.",
        ),
        Key("commands", COMMANDS, "Who may give the bot which command, in a comment on a pull request."),
        Key("pull_requests", PULL_REQUESTS, "Which pull requests the bot takes how."),
    ),
)
