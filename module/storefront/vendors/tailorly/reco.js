// Recommendations: tells the vendor what is being looked at.
(function () {
  var home = new URL(document.currentScript.src).origin;
  fetch(home + '/profile?page=' + encodeURIComponent(location.pathname), {mode: 'no-cors', credentials: 'include'});
})();
