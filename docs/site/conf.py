"""The documentation site: the repository's own pages, ordered by reader (`make docs`; decision 24).

The source folder is the repository, so that a link between two pages is the same on a forge and on the site.
"""

import re
import sys
from importlib.metadata import version as installed
from pathlib import Path

from sphinx.application import Sphinx

HOUSE = Path(__file__).parent.parent.parent
sys.path.insert(0, str(HOUSE))

from sensors.registry import ADAPTERS  # noqa: E402

project, author, version = "placelibre", "the authors of placelibre", installed("placelibre")
copyright = "the authors of placelibre, EUPL 1.2"  # noqa: A001 - Sphinx' own name for it
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/**", "docker/README.md", "samples/README.md", "ARCHITECTURE.md", "CHANGELOG.md",
                    "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"]  # fmt: skip
exclude_patterns = [".venv", "**/node_modules", "docs/site", "build", ".placelibre"]
language = "en"
highlight_language = "none"
pygments_style, pygments_dark_style = "friendly", "monokai"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
smartquotes = False

html_theme = "furo"
html_title = f"placelibre {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["root"]
html_favicon = html_logo = str(HOUSE / "gateways/api/web/static/icon.svg")
html_copy_source = False
html_show_sphinx = False

PARTS = {"docs/decisions/README": "0*", "docs/mapping/README": "[a-z]*"}
"""Pages whose folder stands below them in the side bar. A toctree of their own would be a block of code on a forge."""


def licences() -> str:
    """Every source with its licence, or whom to ask, as a table; nothing but the sources' own folders says it."""
    rows = [
        f"| [{info.id}]({info.id}.md) | {info.name} | {info.licence or f'not stated: ask {info.licence_by}'} |"
        for info in (adapter.INFO for adapter in ADAPTERS.values())
    ]
    return "\n".join(["| source | whose | licence |", "|---|---|---|", *rows])


def to_pages(name: str, text: str) -> str:
    """Links to folders, which a forge shows and a site has not, as links to their READMEs, or else as no links."""

    def to_page(link: re.Match[str]) -> str:
        words, folder = link.groups()
        readme = (HOUSE / name).parent / folder / "README.md"
        known = readme.resolve().relative_to(HOUSE).as_posix()
        is_page = readme.exists() and (known.startswith("docs/") or known in include_patterns)
        return f"[{words}]({folder}README.md)" if is_page else words

    return re.sub(r"\[([^\]]+)\]\(([^):]+/)\)", to_page, text)


def complete(app: Sphinx, name: str, source: list[str]) -> None:
    """Give a page what only the site has: the pages below it, the licences, French spaces that do not break."""
    source[0] = to_pages(name, source[0])
    if name == "ARCHITECTURE":  # its diagram needs the room
        source[0] = "---\nhide-toc: true\n---\n" + source[0]
    if name.endswith(".fr"):
        source[0] = re.sub(r" (?=[?:;!»](?:\s|\)))", "\u00a0", source[0]).replace("« ", "«\u00a0")
    if name in PARTS:
        source[0] = source[0].replace("<!-- licences -->", licences())
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n:glob:\n\n{PARTS[name]}\n```\n"


def setup(app: Sphinx) -> None:
    """See Sphinx."""
    app.connect("source-read", complete)
