"""A page in Chromium, driven through DevTools over a pipe (--remote-debugging-pipe): no port, no library."""
import base64
import json
import os
import select
import signal
import subprocess
import time
import urllib.parse

TIMEOUT = 60


class Browser:
    def __init__(self, profile):
        """profile: a folder of its own, which the caller removes."""
        to_read, self._to = os.pipe()
        self._from, from_write = os.pipe()

        def fds():  # 3: what it reads, 4: what it writes
            a, b = os.dup(to_read), os.dup(from_write)
            os.dup2(a, 3)
            os.dup2(b, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)

        self.log = open(os.path.join(profile, 'browser.log'), 'wb')
        self.process = subprocess.Popen(
            ['chromium', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
             '--disable-extensions', '--disable-background-networking', '--disable-component-update', '--disable-sync',
             '--hide-scrollbars', '--force-color-profile=srgb', '--user-data-dir=' + profile, '--remote-debugging-pipe',
             'about:blank'],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, close_fds=False, preexec_fn=fds,
            start_new_session=True, env=dict(os.environ, HOME=profile, XDG_CONFIG_HOME=profile, XDG_CACHE_HOME=profile))
        os.close(to_read)
        os.close(from_write)
        self._buffer = b''
        self._id = 0
        self.session = None
        self.events = []
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in 'Page', 'Runtime', 'Log', 'Network', 'DOM', 'Accessibility':
            self.call(domain + '.enable')

    def close(self):
        """It asks to end, and ends the whole group that was started when that is not heard."""
        try:
            self.call('Browser.close', at_browser=True)
            self.process.wait(20)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(20)
        os.close(self._to)
        os.close(self._from)
        self.log.close()

    def _message(self, until):
        while b'\0' not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise RuntimeError('the browser does not answer')
            piece = os.read(self._from, 1 << 20)
            if not piece:
                raise RuntimeError('the browser has ended')
            self._buffer += piece
        one, self._buffer = self._buffer.split(b'\0', 1)
        return json.loads(one)

    def call(self, method, at_browser=False, **params):
        self._id += 1
        message = {'id': self._id, 'method': method, 'params': params}
        if self.session and not at_browser:
            message['sessionId'] = self.session
        os.write(self._to, json.dumps(message).encode() + b'\0')
        until = time.monotonic() + TIMEOUT
        while True:
            got = self._message(until)
            if got.get('id') == self._id:
                if 'error' in got:
                    raise RuntimeError('%s: %s' % (method, got['error']))
                return got['result']
            self.events.append(got)

    def event(self, method):
        """The next of this kind, which may have come already."""
        until = time.monotonic() + TIMEOUT
        while True:
            for i, got in enumerate(self.events):
                if got.get('method') == method:
                    return self.events.pop(i)['params']
            self.events.append(self._message(until))

    def seen(self, *methods):
        """Those that have come so far."""
        return [got for got in self.events if got.get('method') in methods]

    def open(self, path):
        """A file. Gives its address."""
        url = 'file://' + urllib.parse.quote(path)
        self.call('Page.navigate', url='about:blank')
        self.event('Page.loadEventFired')
        self.events.clear()
        self.call('Page.navigate', url=url)
        self.event('Page.loadEventFired')
        return url

    def size(self, width, height):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, scheme='light', medium='', motion='no-preference'):
        self.call('Emulation.setEmulatedMedia', media=medium,
                  features=[{'name': 'prefers-color-scheme', 'value': scheme},
                            {'name': 'prefers-reduced-motion', 'value': motion}])

    def js(self, expression):
        """For the test alone: DevTools' own, which the page's policy does not reach."""
        got = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in got:
            raise RuntimeError(got['exceptionDetails'])
        return got['result'].get('value')

    def key(self, key, code, text=''):
        number = {'Tab': 9, 'Enter': 13, 'Space': 32}[code]
        for kind in 'keyDown', 'keyUp':
            self.call('Input.dispatchKeyEvent', type=kind, key=key, code=code, windowsVirtualKeyCode=number,
                      **({'text': text} if kind == 'keyDown' and text else {}))

    def picture(self, path):
        data = self.call('Page.captureScreenshot', format='png')['data']
        with open(path, 'wb') as f:
            f.write(base64.b64decode(data))
