// Style sheets bear no marks: what was refused in them is about:invalid. Those that
// hold it are fetched again, and those that stand in the page with the page. In an
// old page they may be of any type, as which the gateway would not know them here.

const invalid = "about:invalid";
const holds = (sheet) => sheet && try_(() => [...sheet.cssRules].some((rule) => rule.cssText.includes(invalid) || holds(rule.styleSheet)));
// renew puts a sheet's file, and those of its imports that hold it, anew into the
// browser's cache.
const renew = async (sheet) => {
	if (sheet.href) await fetch(sheet.href, { cache: "reload" });
	for (const { styleSheet } of sheet.cssRules) if (holds(styleSheet)) await renew(styleSheet);
};

// matches tells whether a text lacks nothing but what was taken out.
const matches = (whole, parts) => {
	let at = 0;
	return whole.startsWith(parts[0]) && parts.every((part) => (at = whole.indexOf(part, at) + part.length) >= part.length);
};

const restyle = async () => {
	if (document.compatMode === "BackCompat") return;
	let texts;
	for (const sheet of [...document.styleSheets].filter(holds)) {
		const node = sheet.ownerNode, parts = node.textContent.split(invalid);
		await renew(sheet);
		if (sheet.href) {
			const again = node.cloneNode();
			again.onload = () => node.remove();
			node.after(again);
		} else {
			texts ||= [...parse(await (await fetch(location.href)).text()).querySelectorAll("style")].map((style) => style.textContent);
			node.textContent = texts.find((text) => matches(text, parts)) ?? parts.join(invalid);
		}
	}
};
