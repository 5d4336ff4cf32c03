"""Which reader takes a file: told by its name, and for scripts by their first line."""

from __future__ import annotations

import re

from statelint.model.files import Language

# What a file is by the end of its name, whatever stands before it.
_YAML = (".yaml", ".yml")
_BY_SUFFIX = (
    (Language.PYTHON, (".py",)),
    (Language.YAML, _YAML),
    (Language.HCL, (".tf", ".tfvars", ".hcl", ".nomad")),
    (Language.BICEP, (".bicep",)),
    (Language.JSON, (".tf.json", ".tfvars.json", ".nomad.json", ".template.json")),
    (Language.TOML, ("fly.toml", "traefik.toml")),
)
# A configuration file that is filled in before it is used has the suffix of a template behind its own.
_TEMPLATES = (
    ".ctmpl", ".erb", ".j2", ".jinja", ".jinja2", ".mako", ".template", ".tftpl", ".tmpl", ".tpl",
)  # fmt: skip
# What a file is by its name or folder, the first that fits; a file of source text in such a folder is none.
_NO_CONFIGURATION = tuple(
    f".{suffix}"
    for suffix in (
        "bak", "c", "css", "csv", "dockerignore", "gif", "gz", "go", "h", "html", "ico", "ipynb", "java",
        "jpeg", "jpg", "js", "json", "jsx", "lock", "md", "mdx", "mjs", "o", "pdf", "php", "pl", "png",
        "ps1", "pyc", "pyi", "rb", "rs", "rst", "svg", "swp", "ts", "tsx", "xml", "zip",
    )
)  # fmt: skip
_BY_NAME = tuple(
    (language, re.compile(pattern))
    for language, pattern in (
        (Language.YAML, r"(?:^|.*/)\.ebextensions/(?:.+/)?[^/]+\.config\Z"),
        (Language.DOCKERFILE, r"(?:^|.*/)(?:[^/]*[._-])?(?:dockerfile|containerfile)(?:[._-][^/]*)?\Z"),
        (Language.PROCFILE, r"(?:^|.*/)procfile(?:[._-][^/]*)?\Z"),
        (Language.CRONTAB, r"(?:^|.*/)(?:(?:[^/]*[._-])?(?:crontab|cronjobs?)(?:[._-][^/]*)?|[^/]*\.cron)\Z"),
        (Language.CRONTAB, r"(?:^|.*/)(?:cron\.(?:d|hourly|daily|weekly|monthly)|crontabs)/[^/]+\Z"),
        (Language.SYSTEMD, r".*\.(?:service|timer)\Z"),
        (Language.SHELL, r".*\.(?:ash|bash|sh)\Z"),
        (Language.SHELL, r"(?:^|.*/)(?:[^/.]*[._-])?(?:entrypoint|user[_-]?data)\Z"),
        (
            Language.SHELL,
            r"(?:^|.*/)(?:s6-overlay|s6-rc\.d|services\.d|service|sv|s6|s6-services|runit)/(?:.+/)?[^/]+/(?:run|up)\Z",
        ),
        (Language.SHELL, r"(?:^|.*/)(?:cont-init\.d|my_init\.d|\.platform/(?:conf)?hooks/\w+)/[^/]+\Z"),
        (Language.ENV, r"(?:^|.*/)(?:[^/]*\.env|\.env\.[^/]+)\Z"),
        (Language.TOML, r"(?:^|.*/)(?:fly[._-]|traefik[._-]|dynamic)[^/]*\.toml\Z"),
        (
            Language.PACKAGE,
            r"(?:^|.*/)(?:pyproject\.toml|setup\.cfg|[^/]+\.(?:dist|egg)-info/entry_points\.txt)\Z",
        ),
        (Language.CONF, r"(?:^|.*/)sites-(?:available|enabled)/.+\Z"),
        (Language.CONF, r".*\.(?:caddy|caddyfile|cfg|conf|conf\.d|ini|nginx|vcl|vhost)\Z"),
        (Language.CONF, r"(?:^|.*/)(?:caddyfile(?:[._-][^/]*)?|[^/]*workers[^/]*\.properties)\Z"),
    )
)
# Most JSON is data: it is read where the name of the file or of a folder speaks of deployment.
_JSON_NAMES = (
    "azuredeploy", "caddy", "cfn", "cloudformation", "compose", "deployment", "dockerrun", "envoy",
    "function.json", "kustomization", "maintemplate", "serverless", "task-def", "task_def", "taskdef",
)  # fmt: skip
_JSON_FILES = frozenset({"app.json", "vercel.json"})
_JSON_FOLDERS = frozenset(
    {
        ".ebextensions", "arm", "bicep", "cfn", "cloudformation", "deploy", "deployment", "ecs", "infra",
        "infrastructure", "k8s", "kube", "kubernetes", "kustomize", "manifests", "nomad", "openshift",
        "terraform",
    }
)  # fmt: skip


def language_of(path: str) -> Language | None:
    """Tell by its name which reader takes a file, if any."""
    lowered = path.lower()
    for language, suffixes in _BY_SUFFIX:
        if lowered.endswith(suffixes):
            return language
    plain = lowered.rpartition(".")[0] if lowered.endswith(_TEMPLATES) else lowered
    if plain.endswith(_YAML):
        return Language.YAML
    if lowered.endswith(".json"):
        *folders, name = lowered.split("/")
        is_named = name in _JSON_FILES or any(word in name for word in _JSON_NAMES)
        speaks = is_named or not _JSON_FOLDERS.isdisjoint(folders)
        return Language.JSON if speaks else None
    if plain.endswith(_NO_CONFIGURATION):
        return None
    return next((language for language, pattern in _BY_NAME if pattern.match(plain)), None)


def is_python_script(data: bytes) -> bool:
    """Whether a first line asks for Python, whatever the file is called."""
    first = data.split(b"\n", 1)[0]
    return first.startswith(b"#!") and b"python" in first


def is_template(path: str) -> bool:
    """Tell by its name that a file is filled in before it is used."""
    return path.lower().endswith(_TEMPLATES)
