package signal

// USPrivacy is a US Privacy String, section uspv1 of GPP. Each of its answers is
// 'Y', 'N' or '-', which means that it does not apply.
type USPrivacy struct {
	Version     int // always 1
	Notice      byte
	OptOutSale  byte
	LSPACovered byte
}

// DecodeUSPrivacy reads a US Privacy String of version 1.
func DecodeUSPrivacy(s string) (USPrivacy, error) {
	if err := checkLength(s); err != nil {
		return USPrivacy{}, err
	}
	if len(s) != 4 {
		return USPrivacy{}, ErrMalformed
	}
	if s[0] != '1' {
		return USPrivacy{}, ErrVersion
	}
	for i := 1; i < len(s); i++ {
		if s[i] != 'Y' && s[i] != 'N' && s[i] != '-' {
			return USPrivacy{}, ErrMalformed
		}
	}
	return USPrivacy{Version: 1, Notice: s[1], OptOutSale: s[2], LSPACovered: s[3]}, nil
}
