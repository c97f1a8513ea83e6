// An old script of the shop's own: it writes cookies that nobody asked about.
document.cookie = '_ga=GA1.1.1042.' + Math.floor(Date.now() / 1000) + '; path=/; max-age=63072000';
document.cookie = 'legacy_id=' + Math.random().toString(36).slice(2) + '; path=/; max-age=63072000';
document.getElementById('cookies').textContent = document.cookie || 'none';
