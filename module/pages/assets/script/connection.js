// A connection that a script made while it was refused, and that may be now.

// The standing-in object was given to the script; the connection itself is made here,
// and what happens to it happens to the object.
kit.connect = (held, type, args, listened) => {
	if (held.readyState) return; // closed meanwhile
	const real = Reflect.construct(type, args);
	real.binaryType = held.binaryType || "blob";
	for (const name in type.prototype) {
		if (name.startsWith("on") || name in EventTarget.prototype || name === name.toUpperCase()) continue;
		Object.defineProperty(held, name, typeof held[name] === "function" ?
			{ value: (...data) => real[name](...data) } :
			{ get: () => real[name], set: (value) => { real[name] = value; } });
	}
	const forwarded = new Set();
	const forward = (kind) => {
		if (forwarded.has(kind)) return;
		forwarded.add(kind);
		real.addEventListener(kind, (e) => held.dispatchEvent(new e.constructor(kind, e)));
	};
	for (const kind of ["open", "message", "error", "close"]) {
		EventTarget.prototype.addEventListener.call(held, kind, (e) => held["on" + kind]?.(e));
		forward(kind);
	}
	listened.forEach(forward);
	listened.push = forward; // a listener that comes later
};
