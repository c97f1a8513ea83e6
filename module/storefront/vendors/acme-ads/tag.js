// Conversion tracking: names the browser in a cookie and loads a pixel.
(function () {
  var home = new URL(document.currentScript.src).origin;
  var found = document.cookie.match(/(?:^|; )_fbp=([^;]*)/);
  var browser = found ? found[1] : 'fb.1.' + Date.now() + '.' + Math.floor(Math.random() * 1e10);
  document.cookie = '_fbp=' + browser + '; path=/; max-age=7776000; samesite=lax';
  new Image().src = home + '/event.gif?ev=PageView&fbp=' + browser + '&dl=' + encodeURIComponent(location.href);
})();
