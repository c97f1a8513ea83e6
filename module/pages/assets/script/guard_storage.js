// What scripts store: cookies need a declared purpose. Storage is not sent to
// anyone by itself, so there only names of a known purpose are judged.

const purposeOf = (name) => {
	const names = [name, name.replace(/^__(host|secure)-/i, "")];
	return cookies.find(([, pattern]) => names.some((n) => pattern.endsWith("*") ? n.startsWith(pattern.slice(0, -1)) : n === pattern));
};
const refusedCookie = (text) => {
	if (/;\s*max-age\s*=\s*(0|-)|;\s*expires\s*=[^;]*\b19[789]\d\b/i.test(text)) return false;
	const [, name] = /^\s*([^=;]+?)\s*=/.exec(text) || [], found = name && purposeOf(name);
	return !found || missing(found[2]).length > 0;
};
if (guard.cookies) {
	guardProperty("Document", "cookie", refusedCookie);
	wrap(proto("CookieStore"), "set", (original) => async function (...args) {
		const { name = args[0], expires } = Object(args[0]), gone = expires && expires <= Date.now();
		return gate(refusedCookie, name + (gone ? "=;max-age=0" : "="), () => original.apply(this, args));
	});
}

// A shop's own settings stay, unless the policy itself says what they are for.
const refusedName = (name) => {
	const [, , purpose, declared] = purposeOf(name) || [];
	return purpose !== undefined && (declared || purpose !== "preferences") && missing(purpose).length > 0;
};
wrap(proto("Storage"), "setItem", (original) => function (...args) {
	const name = String(args[0]), act = () => original.apply(this, args);
	gate(refusedName, name, act);
	// A name that only the catalogue knows is taken back when that is here.
	if (!purposeOf(name)) complete().then(() => {
		if (!refusedName(name)) return;
		this.removeItem(name);
		gate(refusedName, name, act);
	});
});
wrap(proto("IDBFactory"), "open", (original) => function (...args) {
	if (refusedName(String(args[0]))) throw denied();
	return original.apply(this, args);
});

// forget removes what is stored under the names of purposes that are refused.
forget = async () => {
	const found = [];
	for (const type of ["localStorage", "sessionStorage"]) {
		const store = try_(() => window[type]);
		for (const name of Object.keys(store || {})) found.push([name, () => store.removeItem(name)]);
	}
	const databases = await try_(() => indexedDB.databases().catch(() => [])) || [];
	for (const { name } of databases) found.push([name, () => indexedDB.deleteDatabase(name)]);
	const clear = () => { for (const [name, remove] of found) if (refusedName(name)) remove(); };
	clear();
	// The catalogue knows more names, but is not waited for before the first.
	if (found.some(([name]) => !purposeOf(name))) await complete().then(clear);
};
ready.then(forget);
