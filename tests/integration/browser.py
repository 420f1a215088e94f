"""A headless Chromium, driven over WebDriver (chromedriver) with nothing but the standard library."""
import base64
import json
import shutil
import subprocess
import urllib.error
import urllib.request

from conftest import free_port, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")


class Browser:
    def __init__(self, folder):
        self.port = free_port()
        self.log = open(folder / "chromedriver.log", "wb")
        self.process = subprocess.Popen([DRIVER, f"--port={self.port}"], stdout=self.log, stderr=self.log)
        wait_for(self.ready, "chromedriver answers")
        options = {"binary": CHROMIUM, "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]}
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})["sessionId"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode()[:2000]}") from error

    def ready(self):
        try:
            return self.call("GET", "/status")["ready"]
        except OSError:
            return False

    def here(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def cdp(self, command, **params):
        return self.here("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def look(self, width, dark=False, height=900):
        """The window's size, and which colours the reader prefers."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url):
        self.messages(), self.requests()
        self.here("POST", "/url", {"url": url})

    def run(self, script, *args):
        return self.here("POST", "/execute/sync", {"script": script, "args": list(args)})

    def messages(self):
        """What the console has had since the last look."""
        return [entry["message"] for entry in self.here("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        """The URLs that were asked for since the last look, data: left out."""
        found = []
        for entry in self.here("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith("data:")]

    def picture(self, file):
        """The whole page, however long."""
        size = self.run("return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True,
                        clip={"x": 0, "y": 0, "width": size[0], "height": min(size[1], 6000), "scale": 1})
        file.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        try:
            self.call("DELETE", f"/session/{self.session}")
        finally:
            self.process.terminate()
            self.process.wait(20)
            self.log.close()
