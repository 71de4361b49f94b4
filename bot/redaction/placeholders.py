"""Values that stand where a secret will be, and are none: nothing, or a reference that somebody resolves later.

Written as their tools document them: variables of Flux and of containers, fields of Go templates, argocd-vault-plugin, the
Vault webhook of Bank-Vaults, vals, 1Password, Grafana and Kafka's configuration providers, Spring (``${PASSWORD:}``) and
Jasypt, Ruby's ``ENV``, Symfony, AWS; marks that a pipeline replaces (``__PASSWORD__``, ``#{password}#``); or in words that
say so (``CHANGE_ME``, ``REPLACE_WITH_YOUR_KEY``, ``placeholder``). A variable with a default is no placeholder: the default
may be the secret.
"""

from __future__ import annotations

import re

_LONGEST = 300
_SHAPE = re.compile(
    r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"
    r"|\$\([A-Za-z_][A-Za-z0-9_]*\)"
    r"|\$\{[A-Za-z_][A-Za-z0-9_.-]{0,200}(?::-?(?i:change[_-]?me)?)?\}|\$\{\{ ?[A-Za-z_][A-Za-z0-9_.]{0,200} ?\}\}"
    r"|\{\{-? ?[.$][A-Za-z0-9_.]+(?: ?\| ?[A-Za-z0-9]+)* ?-?\}\}"
    r"|\{\{-? ?[A-Za-z_][A-Za-z0-9_.]{0,200}(?: [\"'][A-Za-z0-9_./-]{1,200}[\"'])?(?: ?\| ?[A-Za-z0-9]+)* ?-?\}\}"
    r"|ENC\([A-Za-z0-9+/=]{16,300}\)|%env\([A-Za-z0-9_:]{1,200}\)%"
    r"|<%=? ?ENV(?:\[|\.fetch\()[\"'][A-Za-z0-9_]{1,100}[\"'][\])] ?%>"
    r"|\"?#\{ENV(?:\[|\.fetch\()[\"'][A-Za-z0-9_]{1,100}[\"'][\])]\}\"?"
    r"|\{\{resolve:(?:secretsmanager|ssm|ssm-secure):[A-Za-z0-9_./:@-]{1,250}\}\}"
    r"|arn:aws[a-z-]*:(?:secretsmanager|ssm):[a-z0-9-]*:[0-9]*:[A-Za-z0-9_./:@+=-]{1,250}"
    r"|__[A-Za-z0-9_]+?__|#\{[A-Za-z0-9_.-]+\}#|@@?[A-Z][A-Z0-9_]+@@?|%[A-Z][A-Z0-9_]+%"
    r"|(?i:placeholder|to[_-]be[_-](?:replaced|filled|changed|set|defined|injected))(?:[_-](?i:[a-z]{2,16})){0,8}"
    r"|(?i:to[_-]?do|tbd|fixme|dummy|n/?a|none|null|not[_-]used|unused)|[\[<]?(?i:redacted|hidden|omitted)[\]>]?"
    r"|<path:[A-Za-z0-9_./-]+#[A-Za-z0-9_.-]+(?:#[A-Za-z0-9]+)?(?: \| [A-Za-z0-9]+)?>"
    r"|<[A-Za-z][A-Za-z_-]*>"
    r"|(?:>>)?vault:[A-Za-z0-9_./-]+#[A-Za-z0-9_.-]+"
    r"|ref\+[a-z0-9]+://[A-Za-z0-9_./-]+(?:#/?[A-Za-z0-9_./-]+)?"
    r"|(?:\{\{ ?)?op://[A-Za-z0-9_./ -]+(?:\}\})?"
    r"|\$__(?:env|file|vault)\{[A-Za-z0-9_./:-]+\}"
    r"|\$\{(?:env|file|directory|secrets|configmaps|vault):[A-Za-z0-9_./][A-Za-z0-9_./:-]*\}"
    r"|env:[A-Z][A-Z0-9_]*"
    r"|(?i:(?:change|replace|fill)[_-]?me|your)(?:[_-](?i:[a-z]{2,16})){0,8}|(?i:replace)[_-](?i:with)(?:[_-](?i:[a-z]{2,16})){1,8}"
    r"|\*{3,}|[xX]{3,}"
)

_VARIABLE = re.compile(r"\$(?:\{[A-Za-z_][A-Za-z0-9_]{0,200}\}|\([A-Za-z_][A-Za-z0-9_]{0,200}\))")


def refers(text: str) -> bool:
    """Whether somebody puts something into the text later: a template in it, or a variable without a default."""
    return text.find("}}", text.find("{{") + 2) > 0 if "{{" in text else _VARIABLE.search(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether the whole text is a placeholder; a text with anything else in it is not."""
    stripped = text.strip()
    return not stripped or (len(stripped) <= _LONGEST and _SHAPE.fullmatch(stripped) is not None)
