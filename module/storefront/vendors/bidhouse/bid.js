// Bidding: matches this browser's cookie with another vendor's.
(function () {
  var home = new URL(document.currentScript.src).origin;
  new Image().src = home + '/sync?page=' + encodeURIComponent(location.pathname);
})();
