// Tag manager: loads the tags of other vendors, which the page itself never names.
(function () {
  var self = new URL(document.currentScript.src);
  var tag = document.createElement('script');
  tag.async = true;
  tag.src = 'http://sync.bidhouse.localhost:' + self.port + '/bid.js';
  document.head.appendChild(tag);
  new Image().src = self.origin + '/seen.gif?dl=' + encodeURIComponent(location.href);
})();
