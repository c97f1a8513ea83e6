// Visits: one beacon when a page is shown, one with the time that it was looked at.

let path, stay, since, sent, token;
const tell = (body) => fetch(site.prefix + "/visit", { method: "POST", body: JSON.stringify(body), keepalive: true, headers: json });
const attentive = () => !document.hidden && document.hasFocus();
const tick = () => {
	const now = performance.now();
	if (since) stay += now - since;
	since = attentive() && now;
};
// A glance is not told; it counts when the visitor comes back and stays. Without
// the token that vouches for the page's age no time is believed.
const leave = () => {
	tick();
	if (sent || !token || stay < 3e3) return;
	sent = true;
	tell({ path, stay: Math.round(stay / 1000), token }).catch(() => {});
};
// Of where the visitor came from only the site is told, of the query only the campaign.
const arrive = (from) => {
	path = location.pathname;
	stay = token = since = sent = 0;
	tick();
	const at = path, campaign = new URLSearchParams(location.search).get("utm_campaign") || undefined;
	tell({ path, from, campaign }).then((answer) => answer.json()).then((told) => {
		if (path === at) token = told.token;
	}).catch(() => {});
};
const moved = () => {
	if (location.pathname === path) return;
	leave();
	arrive(location.origin);
};
const visits = () => {
	arrive(try_(() => new URL(document.referrer).origin));
	for (const name of ["focus", "blur"]) addEventListener(name, tick);
	document.addEventListener("visibilitychange", () => document.hidden ? leave() : tick());
	addEventListener("pagehide", leave);
	addEventListener("pageshow", (e) => { if (e.persisted) arrive(location.origin); });
	addEventListener("popstate", moved);
	for (const name of ["pushState", "replaceState"]) {
		wrap(history, name, (original) => function (...args) {
			original.apply(this, args);
			moved();
		});
	}
};
// A page inside another is no visit.
if (window === top) {
	if (document.prerendering) document.addEventListener("prerenderingchange", visits, { once: true });
	else visits();
}
