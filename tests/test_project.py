"""What a public project owes its readers: dated decisions, one version, a changelog, forms, links that lead there."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

HOUSE = Path(__file__).parent.parent
DECISIONS = sorted((HOUSE / "docs/decisions").glob("[0-9]*.md"))
HEAD = re.compile(r"# (\d+)\. (.+)\n\nDate: (\d{4}-\d\d-\d\d) · Status: (accepted|superseded by \d+)\n\n")


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_its_number_date_and_status_and_stands_in_the_index(path: Path) -> None:
    head = HEAD.match(path.read_text())
    assert head, "it begins with '# N. Title', an empty line, and 'Date: YYYY-MM-DD · Status: accepted'"
    number, title, date, status = head.groups()
    assert int(path.name[:4]) == int(number)
    row = f"| {number} | [{title}]({path.name}) | {date} | {status} |"
    assert row in (HOUSE / "docs/decisions/README.md").read_text().splitlines()


def test_the_index_of_decisions_names_no_file_that_is_not_there() -> None:
    named = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (HOUSE / "docs/decisions/README.md").read_text())
    assert sorted(named) == [path.name for path in DECISIONS]


def test_the_docs_name_as_many_alerts_as_there_are() -> None:
    groups = yaml.safe_load((HOUSE / "docker/alerts.yml").read_text())["groups"]
    alerts = sum(len(group["rules"]) for group in groups)
    assert f"`alerts.yml` holds {alerts} alerts" in (HOUSE / "docker/README.md").read_text()


def read(path: str) -> str:
    return (HOUSE / path).read_text(encoding="utf-8")


def version() -> str:
    return str(tomllib.loads(read("pyproject.toml"))["project"]["version"])


def test_the_changelog_has_a_section_for_this_version_or_says_that_it_is_unreleased() -> None:
    sections = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", read("CHANGELOG.md"), re.MULTILINE)
    assert sections[0] == ("Unreleased", ""), "what comes next goes under '## [Unreleased]', above all versions"
    released = dict(sections[1:])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for date in released.values()), "## [X.Y.Z] - YYYY-MM-DD"
    assert version() in released or version() in read("CHANGELOG.md").partition("\n### ")[0]


def test_a_change_is_of_a_kind_that_keep_a_changelog_knows() -> None:
    kinds = set(re.findall(r"^### (.+)$", read("CHANGELOG.md"), re.MULTILINE))
    assert kinds
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_image_bears_the_version_of_pyproject() -> None:
    assert re.findall(r"^ARG VERSION=(.+)$", read("docker/Dockerfile"), re.MULTILINE) == [version()]
    assert set(re.findall(r"PLACELIBRE_IMAGE:-placelibre:([^}]+)}", read("docker/compose.yaml"))) == {version()}


def test_every_step_of_the_workflow_is_a_target_that_exists() -> None:
    workflow = yaml.safe_load(read(".github/workflows/ci.yml"))
    targets = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))
    for name, job in workflow["jobs"].items():
        steps = [step["run"] for step in job["steps"] if "run" in step]
        asked = {step.removeprefix("make ") for step in steps if step.startswith("make ")}
        assert asked, f"the lane {name} runs nothing of ours"
        assert asked <= targets, f"the lane {name} asks for what the Makefile has not"
    compilers = [" ".join(map(str, job["steps"])).count("g++") for job in workflow["jobs"].values()]
    assert 0 in compilers, "one lane has no compiler"


def test_owners_are_named_for_what_is_there() -> None:
    lines = [line.split() for line in read(".github/CODEOWNERS").splitlines() if line and not line.startswith("#")]
    assert lines[0][0] == "*", "somebody owns what nobody else does"
    for path, *owners in lines:
        assert path == "*" or (HOUSE / path.strip("/")).exists(), path
        assert owners
        assert all(owner.startswith("@") for owner in owners), owners


FORMS = sorted((HOUSE / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_in_both_languages_and_each_answer_has_a_name(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "labels", "body"} <= set(form)
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in asked]
    assert len(set(ids)) == len(ids)
    assert any(field.get("validations", {}).get("required") for field in asked)
    for text in (form["name"], form["description"]):
        assert " · " in text, text


def test_there_is_a_form_for_each_thing_that_people_report() -> None:
    assert [path.stem for path in FORMS] == ["bug", "new-source", "wrong-number"]


def test_security_names_every_address_that_something_listens_on() -> None:
    doors = re.findall(r"`(PLACELIBRE_\w*(?:LISTEN|METRICS))`", read("docs/settings.md"))
    assert len(set(doors)) == 5
    assert [door for door in doors if door not in read("SECURITY.md")] == []


ROOMS = ("parking", "_accel", "geo", "store", "serving", "streams", "sensors", "gateways", "ops")
PAGES = [HOUSE / name for name in ("CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "README.md")]
PAGES += [HOUSE / "ARCHITECTURE.md", *sorted((HOUSE / "docs").rglob("*.md")), HOUSE / "docker/README.md"]
PAGES += [HOUSE / "samples/README.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_page_links_to_files_that_are_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), f"{target} is not there"


@pytest.mark.parametrize("path", sorted((HOUSE / "docs/pictures").glob("*")), ids=lambda path: path.stem)
def test_a_picture_is_small_and_some_page_shows_it(path: Path) -> None:
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size <= 150_000, "make pictures draws them small"
    assert any(path.name in page.read_text(encoding="utf-8") for page in PAGES), "no page shows it"


def test_the_architecture_names_only_files_and_rooms_that_are_there() -> None:
    text = read("ARCHITECTURE.md")
    rooms = [path for room in ROOMS for path in (HOUSE / room).rglob("*") if "node_modules" not in path.parts]
    there = {path.name for path in rooms}
    files = re.findall(r"[\w/]*\w\.(?:pyx|py|lua)\b", "".join(re.findall(r"```\n(.*?)```", text, re.DOTALL)))
    assert len(files) > 30
    assert [name for name in files if not ((HOUSE / name).exists() if "/" in name else name in there)] == []
    assert set(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)) >= set(ROOMS)


READERS = ("driver", "app-developer", "city", "operator", "contributor")


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_has_a_page_in_french_and_in_english_with_the_same_ways_on(reader: str) -> None:
    def ways(name: str) -> set[str]:
        return set(re.findall(r"\]\(([^)]+)\)", read(f"docs/readers/{name}")))

    english, french = ways(f"{reader}.md"), ways(f"{reader}.fr.md")
    assert f"{reader}.fr.md" in english
    assert f"{reader}.md" in french
    assert {way.replace(".fr.md", ".md") for way in french | {f"{reader}.md"}} == {
        way.replace(".fr.md", ".md") for way in english | {f"{reader}.md"}
    }


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="pip install 'placelibre[docs]'")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-c", "docs/site", "-d", tmp_path / "parts", ".", tmp_path]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "index.html").exists()
    for page in PAGES:
        if page != HOUSE / "README.md":  # a forge's first page; the site's is docs/index.md
            assert (tmp_path / page.relative_to(HOUSE)).with_suffix(".html").exists(), page
