"""Makes the README's pictures of page and report: ``python -m benchmarks.screenshots DATA MODEL CAMPAIGN OUT``.

Needs Chromium and the development requirements (Playwright).
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn
from playwright.sync_api import sync_playwright

from suasion.serving.http.api import create_app
from suasion.serving.loaded import Engine
from suasion.serving.pdf import find_browser
from suasion.serving.report import write_report
from suasion.serving.scoring.candidates import Ask

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main(data: str, model: str, campaign: str, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(create_app(lambda: Engine(data, model)), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.1)
            _shoot(url, data, model, campaign, out)
        finally:
            server.should_exit = True
            thread.join()


def _shoot(url: str, data: str, model: str, campaign: str, out: Path) -> None:
    report = out / "report.html"
    write_report(data, model, Ask(campaign=campaign), [report])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1080, "height": 860}, device_scale_factor=1.5)
        page.goto(f"{url}/campaigns/{campaign}?budget=20000")
        page.screenshot(path=out / "ranking.png")
        page.locator("[data-row]").first.click()
        page.wait_for_url("**/influencers/*")
        page.screenshot(path=out / "influencer.png")
        page.goto(report.resolve().as_uri())
        page.screenshot(path=out / "report.png")
        browser.close()
    report.unlink()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
