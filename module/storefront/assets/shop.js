// The shop works without this script. With it, the theme changes without a reload.
document.addEventListener('click', function (event) {
  var button = event.target.closest('button[name=theme]');
  if (!button) return;
  event.preventDefault();
  if (button.value === 'auto') {
    delete document.documentElement.dataset.theme;
    document.cookie = 'theme=; path=/; max-age=0';
  } else {
    document.documentElement.dataset.theme = button.value;
    document.cookie = 'theme=' + button.value + '; path=/; max-age=31536000; samesite=lax';
  }
});
