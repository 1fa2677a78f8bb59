#!/usr/bin/python3
"""html.py FOLDER PAGES [PICTURE]: each page of the folder PAGES in Chromium, whose files go to FOLDER: it is well-formed, loads
nothing, runs nothing, fits narrow and wide windows, can be read in both schemes, on paper, by ear and without a mouse.
"""
import os
import sys
import xml.etree.ElementTree

from browser import Browser

failed = []


def check(good, what):
    if not good:
        print('FAIL', what, flush=True)
        failed.append(what)


# What a script of DevTools sees; none of the page's own would run.
HELPERS = r'''
window.openAll = yes => document.querySelectorAll('details').forEach(d => d.open = yes);
window.rgb = c => { const m = c.match(/[\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m.length > 3 ? m[3] : 1}; };
window.light = c => {
  const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * f(c.r) + 0.7152 * f(c.g) + 0.0722 * f(c.b);
};
window.behind = e => {
  for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.a === 1) return c;
    if (c.a !== 0) return null;
  }
  return {r: 255, g: 255, b: 255, a: 1};
};
window.contrast = (a, b) => {
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
};
/* Texts that do not stand out, and how little they do. */
window.faint = () => {
  const bad = [];
  let least = 99, n = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, back = behind(e);
    if (!walk.currentNode.data.trim() || !e.checkVisibility()) continue;
    const ratio = back ? contrast(rgb(getComputedStyle(e).color), back) : 0;
    n++;
    least = Math.min(least, ratio);
    if (ratio < 4.5) bad.push(ratio.toFixed(2) + ' ' + e.className + ' ' + walk.currentNode.data.trim().slice(0, 40));
  }
  return {bad: bad.slice(0, 5), least, n};
};
/* Lines of the ladder are no text: 3 is enough. */
window.faintLines = () => [...document.querySelectorAll('.arrow')]
  .filter(e => contrast(rgb(getComputedStyle(e).borderTopColor), behind(e)) < 3).length;
/* Elements that stand out of the window, but for those that are put away. */
window.outside = () => [...document.body.querySelectorAll('*')].filter(e => {
  const r = e.getBoundingClientRect();
  return e.checkVisibility() && r.width > 1 && (r.right > innerWidth + 1 || r.left < -1) && !e.closest('.skip');
}).map(e => e.tagName + '.' + e.className).slice(0, 5);
'''


def well_formed(path):
    try:
        xml.etree.ElementTree.parse(path)
    except xml.etree.ElementTree.ParseError as e:
        return 'not well-formed: %s' % e
    return ''


def at_rest(b, name, url):
    """Nothing is loaded, run, or complained about."""
    for got in b.seen('Network.requestWillBeSent'):
        check(got['params']['request']['url'] == url, name + ': it asks for ' + got['params']['request']['url'])
    for got in b.seen('Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Page.javascriptDialogOpening'):
        check(False, '%s: %s %s' % (name, got['method'], str(got['params'])[:300]))
    check(b.js('document.scripts.length') == 0, name + ': a script is in it')
    check(b.js('document.querySelectorAll("link, img, iframe, object, embed, form, base, audio, video, [style]").length') == 0,
          name + ': something that loads is in it')
    check(b.js('document.querySelectorAll("style").length + document.querySelectorAll("meta[http-equiv]").length') == 2,
          name + ': the log has put a style or a meta into it')
    check(b.js('[...document.querySelectorAll("*")].every(e => [...e.attributes].every(a => !a.name.startsWith("on")))'),
          name + ': an attribute that runs is in it')
    check('IKE messages explained' in b.js('document.title'), name + ': its title')
    b.events.clear()


def fits(b, name):
    for width in 320, 400, 800, 1280:
        b.size(width, 900)
        for is_open in 'false', 'true':
            b.js('openAll(%s)' % is_open)
            wide = b.js('document.documentElement.scrollWidth')
            check(wide <= width, '%s: %s wide in a window of %s: %s' % (name, wide, width, b.js('outside()')))
            check(not b.js('outside()'), '%s: outside of a window of %s: %s' % (name, width, b.js('outside()')))
    b.size(1280, 900)


def is_read(b, name):
    """Both schemes, all open."""
    papers = []
    b.js('openAll(true)')
    for scheme in 'light', 'dark':
        b.media(scheme)
        got = b.js('faint()')
        check(got['n'] > 20 and not got['bad'], '%s: %s: faint: %s' % (name, scheme, got))
        check(b.js('faintLines()') == 0, '%s: %s: arrows are faint' % (name, scheme))
        papers.append(b.js('light(behind(document.body))'))
    check(papers[0] > 0.8 and papers[1] < 0.05, '%s: the schemes: %s' % (name, papers))
    b.js('openAll(false)')
    b.media('light')


def is_heard(b, name):
    """The accessibility tree: landmarks, headings in their order, each step by its sentence."""
    nodes = b.call('Accessibility.getFullAXTree')['nodes']
    found = {}
    for n in nodes:
        if not n.get('ignored'):
            found.setdefault(n['role']['value'], []).append(n.get('name', {}).get('value', ''))
    check(len(found.get('main', [])) == 1 and len(found.get('navigation', [])) == 1 and len(found.get('banner', [])) == 1,
          name + ': landmarks: ' + ' '.join(sorted(found)))
    levels = b.js('[...document.querySelectorAll("h1,h2,h3,h4,h5")].filter(e => e.checkVisibility()).map(e => +e.tagName[1])')
    check(levels.count(1) == 1 and levels[0] == 1 and all(y - x <= 1 for x, y in zip(levels, levels[1:])),
          '%s: headings: %s' % (name, levels))
    wanted = b.js('[...document.querySelectorAll(".step summary")].map(e => e.getAttribute("aria-label"))')
    heard = found.get('DisclosureTriangle', [])
    check(all(w in heard for w in wanted), '%s: steps that are not heard: %s' % (name, [w for w in wanted if w not in heard]))
    check(all(' sends ' in w or ' receives ' in w or 'nothing on the wire' in w for w in wanted), name + ': sentences')
    for link in found.get('link', []):
        check(link.strip(), name + ': a link without a name')


def is_marked(b, name):
    """What fails is said, drawn and coloured."""
    for is_failing in b.js('''[...document.querySelectorAll(".step")].map(e => [e.classList.contains("failing"),
        /Fails here: \\S/.test(e.querySelector("summary").innerText), !!e.querySelector("summary .cross"),
        /It fails here: \\S/.test(e.querySelector("summary").getAttribute("aria-label"))])'''):
        check(all(is_failing) or not any(is_failing), '%s: failing: %s' % (name, is_failing))


def is_printed(b, name):
    """All is open on paper, and what leads elsewhere on the page is not there."""
    b.js('openAll(false)')
    check(b.js('[...document.querySelectorAll(".body p")].every(e => !e.checkVisibility())'), name + ': steps do not close')
    b.media('light', medium='print')
    check(b.js('[...document.querySelectorAll(".body p")].every(e => e.checkVisibility() && e.getBoundingClientRect().height > 0)'),
          name + ': on paper steps are closed')
    check(b.js('getComputedStyle(document.querySelector("nav")).display') == 'none', name + ': paper has a navigation')
    b.media('light', motion='reduce')
    check(b.js('getComputedStyle(document.documentElement).scrollBehavior') == 'auto', name + ': it moves')
    check(b.js('[...document.querySelectorAll("*")].every(e => getComputedStyle(e, "::before").transitionDuration === "0s")'),
          name + ': it moves')
    b.media('light')


def is_typed(b, name):
    """Without a mouse: the skip link first, then to a step, which opens and closes; its line leads to the message's page."""
    active = 'document.activeElement'
    b.js('window.scrollTo(0, 0)')
    b.key('Tab', 'Tab')
    check(b.js(active + '.className') == 'skip' and b.js(active + '.getBoundingClientRect().top') >= 0,
          name + ': the skip link is not first, or is not seen')
    b.key('Enter', 'Enter', '\r')
    check(b.js('location.hash') == '#main', name + ': the skip link leads nowhere')
    if not b.js('document.querySelectorAll(".step .log a").length'):
        return
    is_step = active + '.matches(".step summary") && !!%s.parentElement.querySelector(".log a")' % active
    check(tab_to(b, is_step, 200), name + ': no Tab leads to a step')
    check(b.js('getComputedStyle(%s).outlineStyle' % active) == 'solid', name + ': it is not seen where one is')
    b.key('Enter', 'Enter', '\r')
    check(b.js(active + '.parentElement.open'), name + ': Enter does not open a step')
    b.key(' ', 'Space', ' ')
    check(not b.js(active + '.parentElement.open'), name + ': the space bar does not close it')
    b.key('Enter', 'Enter', '\r')
    if not tab_to(b, active + '.matches(".log a")', 20):
        check(False, name + ": no Tab leads to a line's message")
        return
    target = b.js(active + '.getAttribute("href")')
    b.key('Enter', 'Enter', '\r')
    check(b.js('location.hash') == target, name + ': it leads nowhere')
    check(b.js('document.querySelector(location.hash).closest("details").open'), name + ': the page stays closed')


def tab_to(b, where, most):
    for _ in range(most):
        b.key('Tab', 'Tab')
        if b.js(where):
            return True
    return False


def main():
    home, pages = sys.argv[1:3]
    b = Browser(home)
    steps = failing = 0
    try:
        for page in sorted(os.listdir(pages)):
            path = os.path.join(pages, page)
            error = well_formed(path)
            check(not error, page + ': ' + error)
            url = b.open(path)
            at_rest(b, page, url)
            check(b.js('document.querySelectorAll("details[open]").length') == 0, page + ': open before anyone opened it')
            b.js(HELPERS)
            for look in fits, is_read, is_heard, is_marked, is_printed, is_typed:
                look(b, page)
            at_rest(b, page, url)
            steps += b.js('document.querySelectorAll(".step").length')
            failing += b.js('document.querySelectorAll(".step.failing").length')
            print('ok html: ' + page, flush=True)
        check(steps > 60 and failing > 3, 'few steps: %d, %d failing' % (steps, failing))
        shots = pictures(b, os.path.join(pages, 'ios124_proxies.debug.html'), home)
        if len(sys.argv) > 3:
            os.replace(shots[0], sys.argv[3])
    finally:
        b.close()
    sys.exit(bool(failed))


def pictures(b, page, home):
    """Of a ladder that fails in Quick Mode, in both schemes: they are of some size and differ."""
    shots = []
    for scheme in 'light', 'dark':
        b.open(page)
        b.media(scheme)
        b.size(1120, 1000)
        b.js('document.documentElement.style.scrollBehavior = "auto"')
        b.size(1120, b.js('Math.ceil(document.querySelector("#p1-x2").getBoundingClientRect().bottom - '
                          'document.querySelector("#p1-ladder").getBoundingClientRect().top) + 40'))
        b.js('document.querySelector("#p1-ladder").scrollIntoView()')
        shots.append(os.path.join(home, scheme + '.png'))
        b.picture(shots[-1])
    sizes = [os.path.getsize(s) for s in shots]
    check(all(20000 < s < 150000 for s in sizes), 'pictures: %s octets' % sizes)
    with open(shots[0], 'rb') as one, open(shots[1], 'rb') as two:
        check(one.read() != two.read(), 'pictures: both schemes look the same')
    return shots


main()
