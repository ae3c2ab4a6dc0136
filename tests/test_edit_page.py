"""The page for editing: who is let in, what they see, and what a person does there."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from browsing import DESKTOP, PHONE, Look, visitor
from conftest import MADE_UP_HOME
from engines import AXE, packages
from pages import Page
from serving import Server, eventually
from twingraph.curation.editing import SourceFolder
from twingraph.curation.graph import read_inputs
from twingraph.draft import folder as drafted
from twingraph.release.build import assemble
from twingraph.release.watch import Watch
from twingraph.settings import BASE
from twingraph.vocab import base, thing, use
from twingraph.web.edit import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from serving import Answer

SLUG = "made-up-licupe-lv"
PICTURE = """:upynas-image {
    :upynas-image oa:exact "upe.jpg" .
    # read nothing here: the name of a picture
}

"""
REASONS = {
    "en": "The file name of a picture; not a statement.",
    "lv": "Attēla datnes nosaukums; nav apgalvojums.",
}


def make(data: Path) -> None:
    """Put there the made-up home with a partner that is drafted, of whom a picture is not read and a year wrong."""
    shutil.copytree(MADE_UP_HOME / "data", data)
    page, about, facts = (data / "sources" / SLUG / name for name in ("page.txt", "source.ttl", "facts.trig"))
    old = page.read_text("utf-8")
    new = old.replace("Izdomātā Upīne (Lietuva)", "upe.jpg\nIzdomātā Upīne (Lietuva)")
    page.write_text(new, "utf-8")
    sums = [hashlib.sha256(text.encode()).hexdigest() for text in (old, new)]
    drafted = f"source:{SLUG} tg:drafted :upynas-image , :upynas-heading , :upynas-agreement .  # Izdomātā Upīne\n"
    described = about.read_text("utf-8").replace(*sums)
    about.write_text(f"@prefix : <{thing('quote', f'{SLUG}-')}> .\n{described}{drafted}", "utf-8")
    written = facts.read_text("utf-8").replace("# Izdomātā Upīne\n", f"# Izdomātā Upīne\n{PICTURE}")
    facts.write_text(written.replace('"1998"^^', '"1989"^^'), "utf-8")


@dataclass(frozen=True)
class Desk:
    """A page for editing that runs, the data that are edited there, and the token that lets in."""

    server: Server
    data: Path
    token: str

    @property
    def folder(self) -> Path:
        return self.data / "sources" / SLUG

    @property
    def path(self) -> str:
        return f"/source/{SLUG}?token={self.token}"

    def block(self, name: str) -> dict[str, str]:
        """Give what the forms of a block send besides."""
        found = next(each for each in SourceFolder(self.folder).blocks if each.name.endswith(f"-{name}"))
        return {"anchor": f"{SLUG}-{name}", "name": found.name, "version": found.version, "text": found.text}

    def send(self, deed: str, headers: dict[str, str] | None = None, **form: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.server.ask(self.path, "POST", urlencode({"do": deed} | form), kind | (headers or {}))

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.data.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The page, run as a person runs it."""
    data = tmp_path_factory.mktemp("desk") / "data"
    make(data)
    command = [sys.executable, "-m", "twingraph", "edit", "--data", str(data), "--lang", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port, token = re.findall(r"^http://127\.0\.0\.1:(\d+)/\?token=([\w-]+)&lang=en$", process.stdout.readline())[0]
        yield Desk(Server(process, int(port)), data, token)  # type: ignore[arg-type]
        process.terminate()


@pytest.fixture
def desk(running: Desk, tmp_path: Path) -> Desk:
    """The same, with the data as they were at first."""
    make(tmp_path / "data")
    for path in (tmp_path / "data").rglob("*.*"):
        old = running.data / path.relative_to(tmp_path / "data")
        if old.read_bytes() != path.read_bytes():
            path.replace(old)
    return running


# Who is let in


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "twingraph.example"},
        {"Host": "127.0.0.1.nip.io:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": "[::1]:{port}"},
        {"Host": ""},
        {"Origin": "https://made-up.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_no_page_of_somebody_else_can_make_a_browser_read_or_write(desk: Desk, headers: dict[str, str]) -> None:
    old, port = desk.files(), desk.server.port
    asked = {name: value.format(port=port) for name, value in headers.items()}
    refused = desk.send("change", asked, **desk.block("upynas-website") | {"text": ""})
    assert (refused.status, desk.server.ask(desk.path, headers=asked).status) == (403, 403)
    assert "twingraph edit" in refused.text
    assert desk.files() == old


@pytest.mark.parametrize("token", ["", "?token=", "?token=made-up", "?token=%FF%00", "?lang=lv"])
@pytest.mark.parametrize("path", ["/", f"/source/{SLUG}", "/static/style.css", "/made-up"])
def test_nobody_is_let_in_without_the_token(desk: Desk, path: str, token: str) -> None:
    for method in ("GET", "POST", "HEAD", "OPTIONS"):
        answer = desk.server.ask(f"{path}{token}", method)
        assert (answer.status, desk.token in answer.text) == (403, False)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_who_started_it_is_let_in_and_nothing_is_kept_or_framed(desk: Desk, host: str) -> None:
    answer = desk.server.ask(desk.path, headers={"Host": host.format(port=desk.server.port)})
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
    assert Page(answer.text).inline == []


@pytest.mark.parametrize(
    "slug",
    ["made-up", "..", "..%2Fsources%2Fmade-up-licupe-lv", "%2Fetc", ".%00", "../../data", "made-up-licupe-lv/.."],
)
def test_a_name_that_is_no_source_leads_nowhere(desk: Desk, slug: str) -> None:
    old = desk.files()
    for method, body in (("GET", None), ("POST", "do=add&start=0&text=x")):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert desk.server.ask(f"/source/{slug}?token={desk.token}", method, body, headers).status == 404
    assert desk.files() == old


def test_a_form_that_is_none_of_the_page_and_one_that_is_huge_change_nothing(desk: Desk) -> None:
    old = desk.files()
    for form in ({}, {"name": "x"}, {"start": "-1", "text": ":x { }"}):
        assert desk.send("add", **form).status == 400
    assert desk.send("made-up").status == 400
    assert desk.send("change", **desk.block("upynas-website") | {"text": "# " * (1 << 20)}).status == 413
    assert desk.files() == old


def test_it_listens_on_this_computer_only_and_says_when_a_port_is_taken(desk: Desk) -> None:
    command = [sys.executable, "-m", "twingraph", "edit", "--data", str(desk.data), "--port", str(desk.server.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (6, "")
    assert f"The port {desk.server.port} is taken" in done.stderr
    assert f"0100007F:{desk.server.port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text("ascii")


def test_nothing_of_one_system_only_is_needed() -> None:
    """What Windows lacks is made to be missing; that the page opens there can only be seen there."""
    lacking = ("fcntl", "resource", "termios", "pwd", "grp", "posix_ipc", "granian")
    script = f"import sys; sys.modules.update(dict.fromkeys({lacking!r})); import twingraph.cli, twingraph.web.edit"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


# What is written


def test_a_change_shows_what_is_wrong_in_the_block_at_once(desk: Desk) -> None:
    sent = desk.block("upynas-agreement")
    wrong = desk.send("change", **sent | {"text": sent["text"].replace('"1989"^^xsd:gYear', '"1988"^^xsd:gYear')})
    assert (wrong.status, wrong.headers["location"].rpartition("#")[2]) == (303, sent["anchor"])
    page = Page(desk.server.ask(wrong.headers["location"].partition("#")[0]).text)
    found = page.root.xpath(f"//article[@id='{sent['anchor']}']//ul[@class='findings']/li")
    assert "1988" in " ".join(each.text_content() for each in found)
    assert page.root.xpath("//*[@role='status']")[0].text_content().startswith("Written.")


def test_of_two_windows_the_second_is_told_and_loses_nothing(desk: Desk) -> None:
    first, second = desk.block("upynas-website"), desk.block("upynas-website")
    assert desk.send("change", **first | {"text": f"{first['text']}\n# The first."}).status == 303
    old = desk.files()
    refused = desk.send("change", **second | {"text": f"{second['text']}\n# The second."})
    page = Page(refused.text)
    [typed] = page.root.xpath(f"//textarea[@id='text-{first['anchor']}']")
    assert (refused.status, desk.files()) == (409, old)
    assert "has changed in the file" in page.root.xpath("//*[@role='alert']")[0].text_content()
    assert typed.text.lstrip("\n") == f"{second['text']}\n# The second."
    assert "# The first." in page.root.xpath(f"//article[@id='{first['anchor']}']//pre")[0].text
    again = {each.get("name"): each.get("value") for each in typed.getparent().xpath(".//input")}
    assert desk.send("change", **again, text=typed.text).status == 303
    assert desk.block("upynas-website")["text"].endswith("# The second.")


def test_a_text_that_breaks_the_syntax_is_shown_again_with_the_place(desk: Desk) -> None:
    old, sent = desk.files(), desk.block("upynas-website")
    broken = sent["text"].replace("schema:url", "schema:url & <b>")
    refused = desk.send("change", **sent | {"text": broken})
    page = Page(refused.text)
    assert (refused.status, desk.files()) == (400, old)
    assert "Line 3, column" in page.root.xpath("//*[@role='alert']")[0].text_content()
    assert page.root.xpath("//textarea[@autofocus]")[0].text.lstrip("\n") == broken


def test_data_that_can_not_be_read_are_mended_on_the_page(desk: Desk) -> None:
    facts = desk.folder / "facts.trig"
    facts.write_text(facts.read_text("utf-8").replace('"1989"^^xsd:gYear ;', '"1989"^^xsd:gYear'), "utf-8")
    page = Page(desk.server.ask(desk.path).text)
    assert "facts.trig:" in page.root.xpath("//p[@class='warning']")[0].text_content()
    sent = desk.block("upynas-agreement")
    mended = sent["text"].replace('"1989"^^xsd:gYear', '"1989"^^xsd:gYear ;')
    assert desk.send("change", **sent | {"text": mended}).status == 303
    assert Page(desk.server.ask(desk.path).text).root.xpath("//p[@class='warning']") == []


def test_a_passage_that_nobody_quotes_has_a_block_to_be_added(desk: Desk) -> None:
    sent, path = desk.block("upynas-website"), desk.folder / "facts.trig"
    path.write_text(path.read_text("utf-8").replace(f"{sent['text']}\n\n", ""), "utf-8")
    page = Page(desk.server.ask(desk.path).text)
    [form] = [each.getparent() for each in page.root.xpath("//button[@value='add']")]
    fields = {each.get("name"): each.get("value") for each in form.xpath(".//input")}
    assert 'oa:exact "upynas.made-up.example"' in form.xpath(".//textarea")[0].text
    assert desk.send("add", **fields, text=sent["text"]).status == 303
    assert desk.block("upynas-website") == sent


def test_passages_that_state_nothing_are_left_out_together_and_those_that_are_not_ticked_stay(desk: Desk) -> None:
    path = desk.folder / "facts.trig"
    content = path.read_text("utf-8")
    for name in ("upynas-website", "upynas-area"):
        content = content.replace(f"{desk.block(name)['text']}\n\n", "")
    path.write_text(content, "utf-8")
    page = Page(desk.server.ask(desk.path).text)
    boxes = page.root.xpath("//input[@name='out' and @type='checkbox']")
    assert [each.get("checked") is not None for each in boxes] == [True] * 3
    [bare] = (each.get("value") for each in boxes if "upynas-image" in each.get("value"))
    area = next(each.get("value") for each in boxes if each.get("value") != bare)
    reason = "Describes the town, not the twinning."
    assert desk.send("leave", out=bare, reason="Made up").status == 400
    assert desk.send("leave", out=bare, reason=reason).status == 303
    assert desk.send("leave", out=area, reason=reason).status == 303
    assert desk.send("leave", out=area, reason=reason).status == 409
    left = path.read_text("utf-8")
    assert (left.count(f'"{reason}"@en'), left.count('"Apraksta pilsētu, nevis sadraudzību."@lv')) == (2, 2)
    assert len(Page(desk.server.ask(desk.path).text).root.xpath("//input[@type='checkbox']")) == 1


def test_a_place_is_taken_and_what_is_asked_for_filled_in_without_a_text_editor(desk: Desk) -> None:
    candidate = (
        '# evidence:made-up-b { evidence:made-up-b schema:citation "Made up" ; tg:confidence confidence:one-source . '
        'place:made-up-b a schema:City ; schema:name "…"@en , "Izdomburga"@lv ; schema:containedInPlace country:LV . }'
    )
    path = desk.data / "made-up-b.trig"
    path.write_text(f"# Izdomburga\n{candidate}\n", "utf-8")
    address = f"/file/{path.name}?token={desk.token}"
    assert path.name in Page(desk.server.ask(desk.path).text).root.text_content()
    [form] = Page(desk.server.ask(address).text).root.xpath("//form[@class='offer']")
    assert "Izdomburga" in form.text_content()
    assert [each.text_content() for each in form.xpath(".//label")] == ["name (English)"]
    fields = {each.get("name"): each.get("value") or "" for each in form.xpath(".//input")} | {"do": "take"}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = desk.server.ask(address, "POST", urlencode(fields), kind)
    assert (refused.status, "Fill in all that is asked for." in refused.text) == (400, True)
    taken = desk.server.ask(address, "POST", urlencode(fields | {"gap": "Made-up Town"}), kind)
    assert (taken.status, taken.headers["location"].rpartition("#")[2]) == (303, "piece-1")
    assert '\nevidence:made-up-b { evidence:made-up-b schema:citation "Made up"' in path.read_text("utf-8")
    assert path.name not in Page(desk.server.ask(desk.path).text).root.text_content()
    path.unlink()


def test_what_a_block_offers_is_filled_in_beside_its_passage(desk: Desk) -> None:
    sent = desk.block("upynas-agreement")
    offer = "    # twinning:made-up-licupe-upynas tg:ongoingArea area:culture . # made up\n}"
    assert desk.send("change", **sent | {"text": sent["text"].rstrip("}") + offer}).status == 303
    [form] = Page(desk.server.ask(desk.path).text).root.xpath("//form[@class='offer']")
    fields = {each.get("name"): each.get("value") or "" for each in form.xpath(".//input")}
    assert desk.send("take", **fields).status == 303
    assert (
        "\n    twinning:made-up-licupe-upynas tg:ongoingArea area:culture .\n}"
        in desk.block("upynas-agreement")["text"]
    )


def test_an_example_address_gives_way_to_that_of_the_town_in_all_files_once(tmp_path: Path) -> None:
    page = "Sadraudzības pilsētas\n\nIzdomburga (Itālija)\nIzdomātais sadarbības līgums tika noslēgts 2019. gadā."
    drafted.draft(drafted.Page(page), "Ezerpils", "lv", tmp_path / "data")
    watch = Watch(tmp_path / "data")
    client = create_app(watch, 80, "made-up").test_client()
    for address, status in (("made-up", 400), ("https://made-up.example/towns/", 303), ("https://other.example/", 400)):
        sent = {"headers": {"Host": "127.0.0.1:80"}, "data": {"address": address}}
        assert client.post("/?token=made-up", **sent).status_code == status  # type: ignore[arg-type]
    watch.end()
    assert read_inputs(tmp_path / "data").merged
    assert base() == "https://made-up.example/towns/"
    assert [
        path for path in (tmp_path / "data").rglob("[!.]*.t*") if "data.example.org" in path.read_text("utf-8")
    ] == []
    use(BASE)


def test_a_file_that_breaks_or_goes_while_the_page_is_open_is_told_and_nothing_is_accepted(desk: Desk) -> None:
    facts, sent = desk.folder / "facts.trig", desk.block("upynas-heading")
    content = facts.read_text("utf-8")
    facts.write_text(f"{content}\nmade up {{", "utf-8")
    old = desk.files()
    shown = Page(desk.server.ask(desk.path).text).root
    assert "No drafts are left" not in shown.text_content()
    assert shown.xpath("//button[@value='accept']") == []
    refused = desk.send("accept", read=f"{sent['name']} {sent['version']}")
    assert (refused.status, "facts.trig:" in refused.text, desk.files()) == (400, True, old)
    facts.unlink()
    gone = desk.server.ask(desk.path)
    assert (gone.status, bool(Page(gone.text).root.xpath("//main//a[contains(@href, '/?')]"))) == (404, True)
    facts.write_text(content, "utf-8")


def test_what_is_listed_is_what_validate_finds(desk: Desk) -> None:
    def ask() -> str:
        return desk.server.ask(f"/?token={desk.token}").text

    assert eventually(lambda: "are being checked" not in ask(), 60)
    page = Page(ask())
    found = [each.text_content() for each in page.root.xpath("//ul[@class='findings']/li")]
    expected = assemble(desk.data).findings
    assert [each.message_en in shown for each, shown in zip(expected, found, strict=True)] == [True] * len(expected)
    assert "3 drafts wait for you" in page.root.text_content()


# A person


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_person_accepts_a_partner_corrects_a_year_leaves_out_a_picture_and_the_data_are_valid(
    browser: Browser,
    desk: Desk,
    scripts: bool,  # noqa: FBT001 - a row of a table
) -> None:
    old = (desk.folder / "facts.trig").read_text("utf-8")
    with visitor(browser, f"http://127.0.0.1:{desk.server.port}", Look("en", scripts=scripts)) as someone:
        page = someone.page
        page.set_default_timeout(60_000)
        page.goto(f"/?token={desk.token}")
        page.get_by_role("link", name=SLUG, exact=True).click()
        picture, heading, agreement = (
            page.locator(f"#{SLUG}-upynas-{name}") for name in ("image", "heading", "agreement")
        )
        picture.locator("summary").get_by_text("Leave out").click()
        picture.get_by_label("Why").select_option(REASONS["en"])
        picture.get_by_role("button", name="Leave out").click()
        assert picture.get_by_role("status").inner_text().startswith("Written.")
        assert picture.get_by_role("status").evaluate("each => document.activeElement.contains(each)")
        assert picture.get_by_role("status").evaluate("each => each.getBoundingClientRect().top") < DESKTOP[1]
        heading.get_by_role("button", name="Accept").click()
        page.get_by_role("link", name="To the next draft").click()
        agreement.get_by_text("Change", exact=False).first.click()
        field = agreement.get_by_label("The block, as it stands in facts.trig")
        field.fill(field.input_value().replace('"1989"', '"1998"'))
        agreement.get_by_role("button", name="Save and accept").click()
        assert "No drafts are left." in page.inner_text("main")
        assert someone.wrong == []
    assert [each for each in assemble(desk.data).findings if each.severity == 0] == []
    assert "tg:drafted" not in (desk.folder / "source.ttl").read_text("utf-8")
    added = PICTURE.replace("}\n\n", "") + (
        f'    :upynas-image tg:leftOut "{REASONS["en"]}"@en ,\n        "{REASONS["lv"]}"@lv .\n}}\n\n'
    )
    agreed = SourceFolder(MADE_UP_HOME / "data/sources" / SLUG).facts.content
    assert (
        (desk.folder / "facts.trig").read_text("utf-8")
        == agreed.replace("# Izdomātā Upīne\n", f"# Izdomātā Upīne\n{added}")
        != old
    )


def test_all_drafts_of_a_partner_are_accepted_at_once(browser: Browser, desk: Desk) -> None:
    with visitor(browser, f"http://127.0.0.1:{desk.server.port}", Look("lv", scripts=False)) as someone:
        someone.page.set_default_timeout(60_000)
        someone.open(f"{desk.path}&lang=lv")
        someone.page.get_by_role("button", name="Pieņemt 2 melnrakstus").click()
    assert SourceFolder(desk.folder).drafted == {thing("quote", f"{SLUG}-upynas-image").toPython()}


@pytest.mark.parametrize("look", [Look("en", DESKTOP), Look("lv", PHONE, dark=True)], ids=str)
def test_the_pages_fit_and_shut_nobody_out(
    browser: Browser, desk: Desk, look: Look, request: pytest.FixtureRequest
) -> None:
    axe = (packages(AXE, request) / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    with visitor(browser, f"http://127.0.0.1:{desk.server.port}", look) as someone:
        someone.page.set_default_timeout(60_000)
        for path in (
            f"/?token={desk.token}",
            desk.path,
            desk.path.replace("-lv?", "-notice?"),
            f"/file/made-up-places.trig?token={desk.token}",
        ):
            page = someone.open(path)
            assert page.get_attribute("html", "lang") == look.language
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert [*someone.violations(axe), *someone.too_wide(), *someone.wrong] == []
        names = re.findall(r'id="([^"]+)"', page.content())
        assert len(names) == len(set(names))


# How long it takes


@pytest.fixture
def long(tmp_path: Path) -> Iterator[tuple[FlaskClient, SourceFolder]]:
    """A page of 300 passages, and who asks for it without a server."""
    data = tmp_path / "data"
    shutil.copytree(MADE_UP_HOME / "data", data)
    folder = data / "sources" / SLUG
    sentences = [f"Izdomātā gadījumā {number} notiek sadarbība vides jomā." for number in range(1, 301)]
    old, new = (folder / "page.txt").read_text("utf-8"), "\n".join(sentences)
    sums = [hashlib.sha256(text.encode()).hexdigest() for text in (old, f"{old}\n{new}")]
    (folder / "page.txt").write_text(f"{old}\n{new}", "utf-8")
    (folder / "source.ttl").write_text((folder / "source.ttl").read_text("utf-8").replace(*sums), "utf-8")
    tie = "twinning:made-up-licupe-upynas tg:ongoingArea area:environment ."
    blocks = [
        f':long-{at} {{\n    :long-{at} oa:exact "{each}"@lv .\n    {tie}\n}}\n' for at, each in enumerate(sentences)
    ]
    with (folder / "facts.trig").open("a", encoding="utf-8") as facts:
        facts.write("\n" + "\n".join(blocks))
    watch = Watch(data)
    yield create_app(watch, 80, "made-up").test_client(), SourceFolder(folder)
    watch.end()


def test_a_page_of_300_passages_is_there_and_saved_soon(long: tuple[FlaskClient, SourceFolder]) -> None:
    """In processor time, which other processes do not lengthen as much as they do the time of a clock."""
    client, source = long
    path, headers = f"/source/{SLUG}?token=made-up", {"Host": "127.0.0.1:80"}
    assert client.get(path, headers=headers).status_code == 200
    start = time.process_time()
    shown = client.get(path, headers=headers)
    assert time.process_time() - start < 2
    assert shown.text.count("<article") > 330
    assert len(shown.data) < 2_000_000
    block = source.blocks[-1]
    start = time.process_time()
    form = {"do": "change", "name": block.name, "version": block.version, "text": f"{block.text}\n# Seen."}
    assert client.post(path, headers=headers, data=form).status_code == 303
    assert time.process_time() - start < 4
