"""The rules of the check ``owners`` in words."""

from __future__ import annotations

from bot.checks.rules import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "owners/effect",
        "A change reaches an environment whose owners were not asked",
        "The change touches no file of these owners, yet a unit that they own renders differently: through a base, a "
        "component, a chart or a values file that several environments share.",
        "CODEOWNERS looks at files. A forge asks the owners of the shared file only, and those of production learn "
        "of the "
        "change when it is running. Whoever can change what production takes can change production. Where a forge "
        "says who "
        "has agreed, production is stopped until its owners have; where nobody can be asked (a terminal, a job of "
        "CI) it is "
        "a warning, and the report lists who must agree.",
        "Get an approval of the owners that are named. To reach one environment at a time, make the change in its "
        "overlay "
        "first and move it to the base once all environments have it.",
        "apps/shop/base/deployment.yaml changes; CODEOWNERS gives /apps/*/base/ to @org/shop and "
        "/apps/*/overlays/prod/ "
        "to @org/sre. The forge asks @org/shop; this rule asks @org/sre as well.",
    ),
    Rule(
        "owners/file",
        "Owners of a touched file have not agreed",
        "The change touches files whose owners, by CODEOWNERS of the base side, have not approved it as it is now. It "
        "is asked only where a forge says who has agreed: a report in a terminal lists who must agree instead.",
        "GitLab enforces CODEOWNERS in Premium alone, and there only for protected branches; without it nothing else "
        "does. It is not asked on GitHub, which does it by itself where the branch is protected with 'Require review "
        "from Code Owners'.",
        "Get an approval of the owners that are named; the check turns green by itself once they have given it.",
        "`/environments/prod/ @org/sre` and a merge request that changes environments/prod/web.yaml without an approval of "
        "anybody of @org/sre.",
    ),
    Rule(
        "owners/unowned",
        "Nobody owns a production unit",
        "No line of CODEOWNERS gives the unit's own directory or values file an owner whose approval is needed: none "
        "matches, the one that decides names nobody, or its section is optional. A change of CODEOWNERS that leaves "
        "production to nobody is one finding, whatever else it changes.",
        "Whoever may merge to the branch can then change production alone. GitLab even counts a rule without valid "
        "owners "
        "as approved.",
        "Add a line for the unit's path with a user or team, below all lines that match it too. Where nobody shall "
        "be asked "
        "on purpose (a bot promotes there), waive the finding for that unit with the reason.",
        "`/charts/app-config/values-production.yaml` without an owner behind it un-owns the file on GitHub.",
    ),
    Rule(
        "owners/invalid-line",
        "A line of CODEOWNERS does not say what it seems to say",
        "The forge skips the line, leaves out some of its owners, or reads it otherwise than it looks. A change that "
        "makes such a line, where it decides about any file, is stopped; who comes after it is told, and not stopped.",
        "A skipped line does not make a path free of owners, it silently gives it back to an earlier line; the "
        "people who "
        "believe that they are asked are not.",
        "Mend the line: the finding names its line, column and reason. docs/codeowners.md lists what each forge takes.",
        "`/prod/ @@maintainer` is skipped on GitHub, where roles mean nothing, so `* @everyone` decides about /prod/.",
    ),
    Rule(
        "owners/unknown",
        "An owner does not exist, or may not approve",
        "CODEOWNERS names a user, team or group that the forge does not know, or that has no right to approve here.",
        "GitHub leaves such an owner out; GitLab counts a rule whose owners are all unknown as approved.",
        "Correct the name, or give the team access to the repository (write on GitHub, Developer on GitLab).",
        "@org/platfrom instead of @org/platform.",
    ),
    Rule(
        "owners/codeowners",
        "The change moves ownership itself",
        "CODEOWNERS is changed, or another file takes its place. The finding says how many files get other owners "
        "or lose theirs, and names one with who goes and who comes: of production if there is one, which is worth a look. "
        "The change is judged by the file as it is on the base side. It is an error where nobody owns the file, but for the "
        "change that gives it an owner and does nothing else.",
        "A change that may write its own approvals needs no approval. Where nobody owns CODEOWNERS, anybody can "
        "become the "
        "owner of everything in two steps.",
        "Get an approval of the owners of CODEOWNERS. If it has none, give it some in a change of its own: "
        "`/.github/CODEOWNERS @org/platform`.",
    ),
    Rule(
        "owners/gate-loosened",
        "The change loosens the gate itself",
        "From its merge on, less is asked of changes: `.gatehouse.yaml` runs fewer checks, stops at less, waives "
        "more, leaves "
        "kinds or paths out, permits more in `checks.boundaries`, counts an environment or a unit as something "
        "less; or a "
        "policy file goes, or a rule in it that denies or warns. A first file is compared with what holds "
        "without one. Compared is what the settings mean: an entry that moves, or says what another one says anyway, is no "
        "finding. The "
        "rule speaks whatever `checks.run` names.",
        "The change itself is judged by the base side's settings and policies, but the next one is not. Whoever can "
        "open the "
        "gate alone can merge anything in two steps. Where nobody owns the file that is an error (without any "
        "CODEOWNERS a warning); where a forge says who has agreed, it is one until the owners have; where nobody can be "
        "asked (a terminal, a job of CI) it is a warning.",
        "Get an approval of the owners that are named. Where the file has none, give it some in a change of its own: "
        "`/.gatehouse.yaml @org/platform` and `/policies/ @org/platform` in CODEOWNERS.",
        "A change deploys something privileged and adds a waiver for policy/privileged: the waiver does not count "
        "for this "
        "change, and would from the next one on.",
    ),
    Rule(
        "owners/gate-changed",
        "Settings or policies change",
        "`.gatehouse.yaml` or a policy is new or altered, and nothing says that it asks for less. Of a policy whose "
        "text "
        "changes nobody can tell that from outside, so it is a warning; all else is only to be known. Comments and "
        "blank lines "
        "are no change.",
        "What judges every later change deserves a reader. A condition that is added to a rule may take everything "
        "out of it.",
        "Have somebody read it who knows the rule; `gatehouse policy test` says whether its tests still hold.",
        '`deny contains msg if { input.object.kind == "Pod"; false }` is still there and denies nothing.',
    ),
    Rule(
        "owners/missing",
        "There is no CODEOWNERS",
        "The forge finds no CODEOWNERS in any of the places where it looks, so that no change needs anybody in "
        "particular.",
        "Who can merge to the production path can change production; without owners that is everybody with write "
        "access. It "
        "is a warning, and stops nothing; a change that takes CODEOWNERS away is stopped.",
        "Add the file (.github/CODEOWNERS on GitHub, CODEOWNERS or .gitlab/CODEOWNERS on GitLab), with a first line "
        "`* @org/team`.",
    ),
)
