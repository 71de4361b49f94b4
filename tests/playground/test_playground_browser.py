"""The playground's pages in a real Chromium, as somebody uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playground_forge import Scene, scene
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from bot.model.forge import ForgeKind
from bot.playground.records import CheckAnnotation, Protection
from bot.playground.seed import open_pull_requests, seed
from bot.playground.serving import LocalForge

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,1000",
)  # fmt: skip
PATIENCE = 60  # seconds; only a page that never comes takes so long
_UNLABELLED = """return [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
  .filter(e => !e.labels.length).map(e => e.outerHTML)"""
_TOO_WIDE = "return document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    import shutil

    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("needs chromium and chromedriver on PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield started
    started.quit()


class Browser:
    def __init__(self, driver: webdriver.Chrome, forge: LocalForge) -> None:
        self.driver, self.forge = driver, forge
        driver.switch_to.default_content()
        driver.delete_all_cookies()
        driver.get_log("browser")  # type: ignore[no-untyped-call]

    def go(self, path: str) -> None:
        self.driver.get(self.forge.url + path)

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds; elements may be replaced meanwhile."""

        def quietly(_: object) -> bool:
            from selenium.common.exceptions import WebDriverException

            try:
                return holds()
            except WebDriverException:
                return False

        WebDriverWait(self.driver, PATIENCE, poll_frequency=0.1).until(quietly, what)

    def click(self, words: str, within: str = "main") -> None:
        self.find(within).find_element(By.XPATH, f".//*[self::a or self::button][normalize-space()={words!r}]").click()

    def shows(self, words: str, css: str = "body") -> None:
        self.until(lambda: words in self.find(css).text, f"{words!r} on the page")

    def act_as(self, login: str) -> None:
        Select(self.find("#login")).select_by_value(login)
        self.click("Switch", "header")
        self.until(lambda: self.find("#login").get_attribute("value") == login, f"acting as {login}")

    def in_box(self) -> None:
        """Into the box that renews itself, and out again."""
        self.driver.switch_to.default_content()
        self.driver.switch_to.frame(self.find("iframe"))

    def complaints(self) -> list[str]:
        """What the browser itself had to say: blocked styles and scripts, files that are not there."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


@pytest.fixture
def browser(chromium: webdriver.Chrome, tmp_path: Path) -> Iterator[Browser]:
    with LocalForge(tmp_path) as forge:
        yield Browser(chromium, forge)


@pytest.fixture
def play(browser: Browser) -> Scene:
    return scene(browser.forge.world, ForgeKind.GITHUB)


def test_from_the_list_to_the_merge(browser: Browser, play: Scene) -> None:
    world, pull = browser.forge.world, play.pull
    world.protect(play.repository, Protection("main", checks=("gatehouse",)))
    browser.go("/")
    browser.click("Scale")
    browser.act_as("ada")
    browser.in_box()
    browser.shows("has not reported yet")
    world.set_status(play.repository, play.ada, pull.head, "gatehouse", "success", description="All is well")
    browser.until(lambda: browser.find(".merge p").text == "May be merged", "the box renews itself")
    browser.shows("All is well")
    browser.click("Merge", ".merge")
    browser.driver.switch_to.default_content()
    browser.shows("Merged", ".badge.merged")
    assert pull.is_merged and world.users[pull.merged_by].login == "ada"
    assert not browser.complaints()


def test_a_comment_is_rendered_and_runs_nothing(browser: Browser, play: Scene) -> None:
    browser.go("/github/acme/gitops/-/pull/1")
    browser.act_as("olga")
    text = "**bold** for @ben\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<img src=x onerror=\"document.title='hit'\">"
    browser.find("#body").send_keys(text + "<script>document.title='hit'</script>")
    browser.click("Comment", "form.write")
    browser.shows("bold for @ben")
    shown = browser.driver.find_elements(By.CSS_SELECTOR, "article.say")[-1]
    assert shown.find_element(By.CSS_SELECTOR, "strong").text == "olga"
    assert shown.find_element(By.CSS_SELECTOR, ".markdown strong").text == "bold"
    assert [cell.text for cell in shown.find_elements(By.CSS_SELECTOR, "td")] == ["1", "2"]
    assert shown.find_element(By.CSS_SELECTOR, ".mention").text == "@ben"
    assert "Scale" in browser.driver.title and not shown.find_elements(By.CSS_SELECTOR, "img, script")
    assert not browser.complaints()


def test_what_is_typed_is_not_lost_while_checks_go_on(browser: Browser, play: Scene) -> None:
    browser.go("/github/acme/gitops/-/pull/1")
    browser.find("#body").send_keys("half a sentence")
    browser.forge.world.comment(play.pull, play.olga, "A thought in between")
    browser.in_box()
    browser.shows("Something happened: show it")
    browser.driver.switch_to.default_content()
    assert browser.find("#body").get_attribute("value") == "half a sentence"
    browser.in_box()
    browser.click("Something happened: show it", "body")
    browser.driver.switch_to.default_content()
    browser.shows("A thought in between")


def test_a_change_is_pushed_and_its_lines_carry_annotations(browser: Browser, play: Scene) -> None:
    world = browser.forge.world
    browser.go("/github/acme/gitops/-/pull/1")
    browser.act_as("ben")
    browser.click("Push a change", ".tabs")
    browser.find("#file").send_keys("app.yaml")
    browser.click("Open")
    browser.until(lambda: browser.find("#text").get_attribute("value") == "replicas: 2\n", "the file")
    browser.find("#text").clear()
    browser.find("#text").send_keys("replicas: 7\nmore: 1\n")
    browser.click("Push to change")
    browser.shows("The head is now")
    browser.shows(f"The head is now {play.pull.head[:8]}.")
    assert play.repository.bare.file(play.pull.head, "app.yaml") == b"replicas: 7\nmore: 1\n"
    app = world.add_app("gatehouse", b"", {}, [])
    notes = [CheckAnnotation("app.yaml", 1, 1, "failure", "Seven are too many.", "risk/many")]
    world.create_check_run(
        play.repository, app, "gatehouse/risk", play.pull.head, conclusion="failure", title="1 error", annotations=notes
    )
    browser.in_box()
    browser.shows("details, 1 annotation")
    browser.driver.switch_to.default_content()
    browser.go("/github/acme/gitops/-/pull/1/files")
    rows = [row.text.split("\n") for row in browser.driver.find_elements(By.CSS_SELECTOR, ".diff tr")]
    at = next(number for number, row in enumerate(rows) if "replicas: 7" in row[0])
    assert rows[at + 1] == ["risk/many gatehouse/risk", "Seven are too many."]
    assert not browser.complaints()


@pytest.mark.parametrize("kind", ForgeKind)
def test_approving(browser: Browser, kind: ForgeKind) -> None:
    play = scene(browser.forge.world, kind)
    browser.go(f"/{kind}/{play.repository.path}/-/pull/1")
    browser.act_as("ada")
    browser.click("Approve")
    browser.shows("approved at", "article.approved")
    assert [u.login for u in browser.forge.world.approvers(play.pull)] == ["ada"]


@pytest.mark.parametrize("width", [400, 1280])
def test_every_page_fits_and_every_field_has_a_label(browser: Browser, width: int) -> None:
    world = browser.forge.world
    for repository in seed(world).values():
        open_pull_requests(world, repository)
        world.comment(
            world.pull(repository, 2),
            world.user("ada"),
            "| a | " + "wide " * 60 + "|\n|---|---|\n| 1 | 2 |\n\n" + "x" * 500,
        )
    browser.driver.set_window_size(width, 900)
    for base in ("/github/acme/gitops", "/gitlab/acme/platform/gitops"):
        for rest in (
            "",
            "/-/pull/2",
            "/-/pull/2/state",
            "/-/pull/2/files",
            "/-/pull/2/edit",
            "/-/pull/2/edit?file=CODEOWNERS",
            "/-/edit?file=new",
        ):
            browser.go(base + rest)
            assert browser.driver.execute_script(_UNLABELLED) == []
            assert browser.driver.execute_script(_TOO_WIDE) <= 0, base + rest
            assert rest.endswith("state") or len(browser.driver.find_elements(By.TAG_NAME, "h1")) == 1
    for path in ("/", "/-/faults"):
        browser.go(path)
        assert browser.driver.execute_script(_UNLABELLED) == []
        assert browser.driver.execute_script(_TOO_WIDE) <= 0, path
        assert browser.find("header button").size["height"] < 50  # its word is on one line
    assert not browser.complaints()
    browser.driver.set_window_size(1280, 1000)
