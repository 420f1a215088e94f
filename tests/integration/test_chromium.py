"""The sanitiser judged by a browser: what newspool lets through is put into a page of a headless Chromium,
in several ways, and must hold allow-listed nodes alone and run nothing. Skipped where there is no Chromium.
"""
import json
import random
import shutil
import subprocess

import pytest

from conftest import BUILD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SEED = 20261123
DOCUMENTS = 1500  # generated; a feed holds FEED of them
FEED = 250

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium here")

RUN = "alert(1)"
ATTACKS = [
    "<script>%s</script>", "<img src=x onerror=%s>", "<svg onload=%s>", "<svg/onload=%s><p>",
    "<svg><script>%s</script></svg>", "<svg><script>%s<p>", "<body onload=%s>", "<details open ontoggle=%s>x",
    "<input autofocus onfocus=%s>", "<video><source onerror=%s></video>", "<audio src=x onerror=%s>",
    "<iframe srcdoc='<script>parent.%s</script>'></iframe>", "<iframe src='javascript:parent.%s'></iframe>",
    "<object data='javascript:%s'></object>", "<embed src='javascript:%s'>", "<marquee onstart=%s>x</marquee>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=%s&gt;'>",
    "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title='</style><img src onerror=%s>'></style></h1>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=%s>",
    "<svg></p><style><a id='</style><img src=1 onerror=%s>'>",
    "<svg><p><style><!--</style><img src=x onerror=%s>--></style>",
    "<noscript><p title='</noscript><img src=x onerror=%s>'>", "<xmp><p title='</xmp><img src=x onerror=%s>'>",
    "<noembed><a title='</noembed><img src=x onerror=%s>'>", "<title><p title='</title><img src=x onerror=%s>'>",
    "<textarea><p title='</textarea><img src=x onerror=%s>'>", "<style><p title='</style><img src=x onerror=%s>'>",
    "<select><style></select><img src=x onerror=%s></style>", "<table><td><style></table><img src=x onerror=%s></style>",
    "<svg><desc><noscript><p title='</noscript><img src=x onerror=%s>'></desc>",
    "<svg><title><style><img src=x onerror=%s></style></title></svg>",
    "<svg><foreignObject><body onload=%s></foreignObject></svg>", "<!--><img src=x onerror=%s>-->",
    "<!--a--!><img src=x onerror=%s>-->", "<![CDATA[><img src=x onerror=%s>]]>", "<?x ><img src=x onerror=%s>?>",
    "<a title='\"><img src=x onerror=%s>'>x</a>", "<a title=&quot;&gt;&lt;img/src=x/onerror=%s&gt;>x</a>",
    "<svg><animate onbegin=%s attributeName=x dur=1s>", "<svg><set onbegin=%s attributeName=x to=y>",
    "<div style='animation-name:x' onanimationstart=%s>", "<template><img src=x onerror=%s></template>",
    "<p id='</p><img src=x onerror=%s>'>", "&lt;img src=x onerror=%s&gt;", "<plaintext><img src=x onerror=%s>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=%s></annotation-xml></math>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><image href=x onerror=%s /></svg>#x'>",
]
NAMES = """a abbr b i em p p div span br hr img ul ol li li dl dt dd table table caption colgroup col tbody tr td th
h1 h2 pre blockquote ruby rt rp section figure video source details summary font nobr svg svg g circle title desc use text
foreignObject animate math mi mo mtext mglyph malignmark annotation-xml script style textarea xmp iframe noembed noframes
noscript template form input button select option optgroup object embed applet marquee link meta base body html head
frameset image x-custom""".split()
VALUES = ["x", "javascript:" + RUN, "java\tscript:" + RUN, "&#106;avascript:" + RUN, "data:text/html,x", "#f", "1",
          "url(http://e.example/)", "color: red; background: url(x)", "</style><img src=x onerror=alert(1)>",
          "</title><img src=x onerror=alert(1)>", "--><img src=x onerror=alert(1)>", "&quot; onclick=alert(1)", "'"]
ATTRIBUTES = """href src style class id title onclick onerror onload srcset xlink:href xmlns width background action
formaction name fill to values srcdoc encoding poster data""".split()
TEXTS = ["text", " ", "a < b", "&lt;script&gt;", "&#60;b", "&", "<", ">", '"', "]]>", "-->", "<!--", "<!-->", "<!-- x -->",
         "<![CDATA[ <b> ]]>", "<![CDATA[", "</>", "</", "\u00e9", "\x01", "<x", "<a href='", "&#0;"]

ELEMENTS = {
    "http://www.w3.org/1999/xhtml": """a abbr acronym address area article aside audio b bdi bdo big blockquote br canvas
caption center cite code col colgroup data datagrid datalist dd del details dfn dialog dir div dl dt em event-source fieldset
figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd label legend li m main map mark menu meter
multicol nav ol optgroup option output p picture pre progress q rb rp rt rtc ruby s samp search section small sound source
spacer span strike strong sub summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr""",
    "http://www.w3.org/2000/svg": """a circle defs desc ellipse g line linearGradient marker path polygon polyline
radialGradient rect stop svg switch text title tspan use""",
    "http://www.w3.org/1998/Math/MathML": """maction math menclose merror mfenced mfrac mi mlabeledtr mmultiscripts mn mo
mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover
none semantics""",
}
PAGE = """<!DOCTYPE html><meta charset=utf-8><body><div id=stage></div><pre id=verdict></pre><script>
const documents = %s, allowed = %s, found = [];
let fired = 0;
window.alert = () => { fired++; };
const links = ['href', 'src', 'action', 'background', 'poster', 'cite', 'data', 'xlink:href'];
function judge(root, n, way) {
  for (const node of root.querySelectorAll('*')) {
    if (!(allowed[node.namespaceURI] || []).includes(node.localName))
      found.push([n, way, 'element ' + node.namespaceURI + ' ' + node.localName]);
    for (const attribute of node.attributes) {
      if (/^on|^srcdoc$|^formaction$|^target$|^ping$/i.test(attribute.name))
        found.push([n, way, 'attribute ' + attribute.name]);
      if (links.includes(attribute.name)) {
        let scheme = '';
        try { scheme = new URL(attribute.value, 'http://base.example/').protocol; } catch (e) { continue; }
        if (!['http:', 'https:', 'mailto:', 'ftp:', 'tel:'].includes(scheme))
          found.push([n, way, attribute.name + ' ' + attribute.value]);
      }
    }
    if (node.style && /url\\(|expression|fixed|absolute/i.test(node.style.cssText.replace(/url\\("#/g, '')))
      found.push([n, way, 'style ' + node.style.cssText]);
  }
}
documents.forEach((text, n) => {
  const stage = document.getElementById('stage'), div = document.createElement('div');
  stage.appendChild(div);
  div.innerHTML = text;
  judge(div, n, 'innerHTML');
  const again = document.createElement('div');
  again.innerHTML = div.innerHTML;  /* what mutation would change */
  judge(again, n, 'innerHTML twice');
  judge(new DOMParser().parseFromString(text, 'text/html').body, n, 'DOMParser');
  const frame = document.createElement('template');
  frame.innerHTML = text;
  judge(frame.content, n, 'template');
});
setTimeout(() => { document.getElementById('verdict').textContent =
  '[[' + JSON.stringify({ documents: documents.length, fired, found: found.slice(0, 20) }) + ']]'; }, 1500);
</script>"""


def as_script(value):
    return json.dumps(value).replace("<", "\\u003c")


def judged(documents, tmp_path):
    """What Chromium found in the documents, put into one page."""
    page = tmp_path / "page.html"
    page.write_text(PAGE % (as_script(documents), as_script({k: v.split() for k, v in ELEMENTS.items()})))
    out = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
         "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=8000", "--dump-dom", page.as_uri()],
        capture_output=True, timeout=120, check=True).stdout.decode()
    verdict = out[out.index('id="verdict">[[') + len('id="verdict">[['):]
    return json.loads(verdict[:verdict.index("]]</pre>")].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def sanitised(documents, tmp_path):
    """The documents as newspool passes them on: the items of a feed, in their order."""
    out = []
    for first in range(0, len(documents), FEED):
        feed = tmp_path / "feed.json"
        feed.write_text(json.dumps({
            "version": "https://jsonfeed.org/version/1.1", "title": "t",
            "items": [{"id": str(i), "content_html": text} for i, text in enumerate(documents[first:first + FEED])]}))
        printed = subprocess.run([f"{BUILD}/newspool", "parse", feed], capture_output=True, check=True, timeout=60)
        out += [item.get("content_html", "") for item in json.loads(printed.stdout)["items"]]
    assert len(out) == len(documents)
    return out


def generated():
    rng = random.Random(SEED)

    def piece():
        kind = rng.randrange(8)
        if kind < 4:
            attributes = "".join(f" {rng.choice(ATTRIBUTES)}={rng.choice(['', chr(34), chr(39)])}{rng.choice(VALUES)}"
                                 + rng.choice(["", '"', "'"]) for _ in range(rng.randrange(3)))
            return f"<{rng.choice(NAMES)}{attributes}>"
        return f"</{rng.choice(NAMES)}>" if kind < 6 else rng.choice(TEXTS)

    return ["".join(piece() for _ in range(rng.randrange(1, 40))) for _ in range(DOCUMENTS)]


def test_the_judge_finds_what_is_not_sanitised(tmp_path):
    verdict = judged(["<img src=x onerror=alert(1)>", "<b>fine</b>", "<a href='javascript:x'>x</a>"], tmp_path)
    assert verdict["fired"] > 0
    assert [n for n, _, what in verdict["found"] if what == "attribute onerror"]
    assert {n for n, _, _ in verdict["found"]} == {0, 2}


def test_nothing_of_an_attack_runs_or_stays(tmp_path):
    around = ["%s", "<table>%s</table>", "<svg>%s</svg>", "<math><mi>%s</mi></math>", "<select>%s", "<pre><title>%s"]
    documents = [frame % (attack % RUN) for attack in ATTACKS for frame in around]
    verdict = judged(sanitised(documents, tmp_path), tmp_path)
    assert verdict == {"documents": len(documents), "fired": 0, "found": []}


def test_nothing_of_generated_documents_runs_or_stays(tmp_path):
    verdict = judged(sanitised(generated(), tmp_path), tmp_path)
    assert verdict == {"documents": DOCUMENTS, "fired": 0, "found": []}, f"seed {SEED}"
