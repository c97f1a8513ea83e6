// Visit statistics: names the visitor in two cookies and reports each page.
(function () {
  var home = new URL(document.currentScript.src).origin;
  var started = Date.now();

  function read(name) {
    var found = document.cookie.match('(?:^|; )' + name + '=([^;]*)');
    return found && found[1];
  }
  function keep(name, value) {
    document.cookie = name + '=' + value + '; path=/; max-age=63072000; samesite=lax';
  }

  var visitor = read('_ga') || 'GA1.1.' + Math.floor(Math.random() * 1e10) + '.' + Math.floor(started / 1000);
  keep('_ga', visitor);
  keep('_ga_SHOP123', 'GS1.1.' + Math.floor(started / 1000) + '.1.1.' + Math.floor(started / 1000) + '.0.0.0');

  var about = 'cid=' + encodeURIComponent(visitor) + '&dl=' + encodeURIComponent(location.href) +
    '&sr=' + screen.width + 'x' + screen.height + '&ul=' + navigator.language;
  fetch(home + '/collect?ev=view&' + about, {method: 'POST', mode: 'no-cors', credentials: 'include', keepalive: true});
  addEventListener('pagehide', function () {
    navigator.sendBeacon(home + '/collect?ev=leave&ms=' + (Date.now() - started) + '&' + about);
  });
})();
