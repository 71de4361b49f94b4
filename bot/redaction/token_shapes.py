"""Tokens with a known prefix of services beside clouds and forges: registries, observability, models, shops, tickets.

A prefix alone is a word; each shape says how long what follows is, and of which letters, as the issuer makes it.
"""

from __future__ import annotations

_HEX = "[0-9a-f]"
_ANY = "[A-Za-z0-9_-]"
# A text that is in everything of the shape, and the shape.
_TOKENS = (
    ("dckr_", rf"dckr_(?:pat|oat)_{_ANY}{{27,60}}"),  # Docker Hub
    ("_v1_", rf"do[opr]_v1_{_HEX}{{64}}"),  # DigitalOcean
    ("glsa_", r"glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"),  # Grafana
    ("glc_eyJ", r"glc_eyJ[A-Za-z0-9+/=]{32,400}"),
    ("sk-ant-", rf"sk-ant-[a-z]{{3,10}}[0-9]{{2}}-{_ANY}{{60,160}}"),  # Anthropic
    ("sk-proj-", rf"sk-proj-{_ANY}{{40,200}}"),  # OpenAI
    ("sk-svcacct-", rf"sk-svcacct-{_ANY}{{40,200}}"),
    ("hf_", r"hf_[A-Za-z]{34}(?![A-Za-z0-9])"),  # Hugging Face
    ("shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),  # Shopify
    ("NRAK-", r"NRAK-[A-Z0-9]{27}"),  # New Relic
    (".atlasv1.", rf"[A-Za-z0-9]{{14}}\.atlasv1\.{_ANY}{{60,80}}"),  # HCP Terraform
    ("lin_api_", r"lin_api_[A-Za-z0-9]{40}"),  # Linear
    ("tskey-", r"tskey-[a-z]{3,10}-[A-Za-z0-9]{5,30}-[A-Za-z0-9]{20,60}"),  # Tailscale
    ("rubygems_", rf"rubygems_{_HEX}{{48}}"),
    ("sntry", rf"sntry(?:s_eyJ[A-Za-z0-9+/=_-]{{60,400}}|u_{_HEX}{{64}})"),  # Sentry
    ("PMAK-", rf"PMAK-{_HEX}{{24}}-{_HEX}{{34}}"),  # Postman
    ("pul-", rf"pul-{_HEX}{{40}}"),  # Pulumi
    ("dp.", r"dp\.(?:pt|st|sa|ct|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),  # Doppler
    ("ATATT3", rf"ATATT3{_ANY}{{150,220}}=?[0-9A-F]{{0,8}}"),  # Atlassian
    ("AKCp", r"AKCp[A-Za-z0-9]{60,80}"),  # Artifactory
    ("whsec_", r"whsec_[A-Za-z0-9+/=]{32,100}"),  # Stripe and Standard Webhooks
    ("ops_eyJ", rf"ops_eyJ{_ANY}{{200,2000}}"),  # 1Password
    ("xkeysib-", rf"xkeysib-{_HEX}{{64}}-[A-Za-z0-9]{{16}}"),  # Brevo
    ("sbp_", rf"sbp_{_HEX}{{40}}"),  # Supabase
    ("GOCSPX-", rf"GOCSPX-{_ANY}{{28}}"),  # Google, the secret of an OAuth client
    (
        "Q~",
        r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])",
    ),  # Entra ID, the secret of an application
    (":AA", rf"[0-9]{{8,10}}:AA{_ANY}{{33}}(?![A-Za-z0-9_-])"),  # a bot of Telegram
)
HINTS = tuple(hint for hint, _ in _TOKENS)
SHAPES = tuple(shape for _, shape in _TOKENS)
