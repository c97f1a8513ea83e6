// Placeholders that ask, where visible content was held back.

const asked = new Map();
const ask = async (el) => {
	if (asked.has(el) || !el.isConnected || !el.matches("img, iframe, object, embed, video")) return;
	const { width, height } = el.getBoundingClientRect();
	if (width < 120 || height < 60) return;
	asked.set(el, () => {});
	const { main, words } = await page();
	const needed = missing(el.dataset.consent);
	const labels = needed.map((purpose) => main.querySelector("#purpose-" + purpose + " + label"));
	if (!needed.length || !labels.every(Boolean)) return;
	const place = make("span"), why = make("span"), button = make("button"), { display } = el.style;
	place.className = "consent-ask";
	place.lang = lang;
	place.style.width = width + "px";
	place.style.height = height + "px";
	why.textContent = words.why;
	button.type = "button";
	button.textContent = words.ask.replace("{}", labels.map((label) => label.textContent).join(" + "));
	button.onclick = () => window.consent.set([...granted, ...needed]).catch(() => location.assign(address()));
	place.append(why, button);
	if (!document.querySelector('link[href="' + site.prefix + '/style.css"]')) document.head.append(stylesheet());
	el.style.display = "none";
	el.before(place);
	asked.set(el, () => {
		place.remove();
		el.style.display = display;
	});
};
const unask = (el) => {
	if (asked.has(el)) asked.get(el)();
	asked.delete(el);
};
