"""Pages of ours, opened in the browser from a file."""

import pytest


class Tab:
    """An open page, and all that it complained of or asked for."""

    def __init__(self, browser, path, fragment, **options):
        self.context = browser.new_context(**{"viewport": DESKTOP, **options})
        self.page = self.context.new_page()
        self.errors, self.requests = [], []
        self.page.on("console", lambda message: self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.url = path.as_uri()
        self.page.goto(self.url + fragment)

    def close(self):
        """Closes it; a page that was quiet has said and asked for nothing."""
        self.context.close()
        assert self.errors == []
        assert {url.partition("#")[0] for url in self.requests} == {self.url}


DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def open_page(browser, tmp_path):
    """Saves a page, opens the file, and checks at the end that it was quiet."""
    tabs = []

    def open_page(page, fragment="", **options):
        path = page.save(tmp_path / f"page{len(tabs)}.html")
        tabs.append(Tab(browser, path, fragment, **options))
        return tabs[-1].page

    yield open_page
    for tab in tabs:
        tab.close()
