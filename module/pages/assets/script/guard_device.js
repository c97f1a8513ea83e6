// What browsers that know no Permissions-Policy header would still give away.

for (const name of ["getCurrentPosition", "watchPosition"]) {
	wrap(proto("Geolocation"), name, (original) => function (...args) {
		if (has("location")) return original.apply(this, args);
		const error = Object.create(GeolocationPositionError.prototype, { code: { value: 1 }, message: { value: "consent: not given" } });
		if (typeof args[1] === "function") setTimeout(args[1], 0, error);
		return 0;
	});
}
wrap(proto("MediaDevices"), "getUserMedia", (original) => async function (wanted) {
	const { audio, video } = Object(wanted);
	if ((audio && !has("microphone")) || (video && !has("camera"))) throw denied("NotAllowedError");
	return original.call(this, wanted);
});
wrap(Navigator.prototype, "webkitGetUserMedia", () => (wanted, done, failed) => {
	navigator.mediaDevices.getUserMedia(wanted).then(done, failed);
});
wrap(proto("ContactsManager"), "select", (original) => async function (...args) {
	if (!has("contacts")) throw denied("SecurityError");
	return original.apply(this, args);
});
