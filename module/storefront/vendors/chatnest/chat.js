// A chat button in the corner.
(function () {
  var button = document.createElement('button');
  button.textContent = 'Chat with us';
  button.style.cssText = 'position:fixed;right:16px;bottom:16px;padding:10px 16px;border:0;border-radius:999px;background:#2f5d50;color:#fff;font:inherit;cursor:pointer;z-index:9';
  button.onclick = function () { button.textContent = 'Nobody is in just now.'; };
  document.body.appendChild(button);
})();
