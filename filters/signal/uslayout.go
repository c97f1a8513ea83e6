package signal

import "slices"

// layout is how a section of the United States is written: after 6 bits of
// version come its fields, each of one or more values of two bits, and maybe a
// second subsection.
type layout struct {
	name    string
	version int
	core    []field

	// sensitive says that the second subsection holds consents to the
	// processing of sensitive data; it is the GPC subsection otherwise.
	sensitive bool
}

type field struct {
	name   string
	values int
	optOut bool // of sale, sharing or targeted advertising
}

// size counts the values.
func (l *layout) size() (n int) {
	for _, f := range l.core {
		n += f.values
	}
	return n
}

const (
	idUSNational = 7

	// anyVersion is of a section that tells the version of the MSPA agreement
	// instead of its own.
	anyVersion = -1

	// maxValues is the most values that any section has: usnat, version 2.
	maxValues = 32

	// sensitiveConsents is how many categories of sensitive data that
	// subsection lists.
	sensitiveConsents = 8
)

// The fields, as the specifications spell them.
var (
	sharingNotice     = field{name: "SharingNotice", values: 1}
	processingNotice  = field{name: "ProcessingNotice", values: 1}
	saleNotice        = field{name: "SaleOptOutNotice", values: 1}
	sharingOutNotice  = field{name: "SharingOptOutNotice", values: 1}
	targetedNotice    = field{name: "TargetedAdvertisingOptOutNotice", values: 1}
	sensitiveNotice   = field{name: "SensitiveDataProcessingOptOutNotice", values: 1}
	sensitiveNoticeIA = field{name: "SensitiveDataOptOutNotice", values: 1}
	limitUseNotice    = field{name: "SensitiveDataLimitUseNotice", values: 1}
	sale              = field{name: "SaleOptOut", values: 1, optOut: true}
	sharing           = field{name: "SharingOptOut", values: 1, optOut: true}
	targeted          = field{name: "TargetedAdvertisingOptOut", values: 1, optOut: true}
	sensitiveData     = field{name: "SensitiveDataProcessing", values: 1}
	knownChild        = field{name: "KnownChildSensitiveDataConsents", values: 1}
	personalData      = field{name: "PersonalDataConsents", values: 1}
	additionalData    = field{name: "AdditionalDataProcessingConsent", values: 1}
	covered           = field{name: "MspaCoveredTransaction", values: 1}
	optOutMode        = field{name: "MspaOptOutOptionMode", values: 1}
	providerMode      = field{name: "MspaServiceProviderMode", values: 1}
	mode              = field{name: "MspaMode", values: 1}
)

// times returns the field with n values.
func (f field) times(n int) field {
	f.values = n
	return f
}

// layouts are the sections by id.
var layouts = [...]layout{
	idUSNational: national(2, 16, 3),
	8: {name: "usca", version: 1, core: []field{
		saleNotice, sharingOutNotice, limitUseNotice, sale, sharing, sensitiveData.times(9), knownChild.times(2),
		personalData, covered, optOutMode, providerMode,
	}},
	9:  state("usva", sharingNotice, 8, 1),
	10: state("usco", sharingNotice, 7, 1),
	11: {name: "usut", version: 1, core: []field{
		sharingNotice, saleNotice, targetedNotice, sensitiveNotice, sale, targeted, sensitiveData.times(8), knownChild,
		covered, optOutMode, providerMode,
	}},
	12: state("usct", sharingNotice, 8, 3),
	13: state("usfl", processingNotice, 8, 3, additionalData),
	14: state("usmt", sharingNotice, 8, 3, additionalData),
	15: state("usor", processingNotice, 11, 3, additionalData),
	16: state("ustx", processingNotice, 8, 1, additionalData),
	17: state("usde", processingNotice, 9, 5, additionalData),
	18: {name: "usia", version: 1, core: []field{
		processingNotice, saleNotice, targetedNotice, sensitiveNoticeIA, sale, targeted, sensitiveData.times(8),
		knownChild, covered, optOutMode, providerMode,
	}},
	19: state("usne", processingNotice, 8, 1, additionalData),
	20: state("usnh", processingNotice, 8, 3, additionalData),
	21: state("usnj", processingNotice, 10, 5, additionalData),
	22: state("ustn", processingNotice, 8, 1, additionalData),
	23: state("usmn", processingNotice, 8, 1, additionalData),
	24: {name: "usmd", version: anyVersion, core: []field{
		covered, mode, processingNotice, saleNotice, targetedNotice, sale, targeted, additionalData,
	}},
	25: sensitiveState("usin"),
	26: sensitiveState("usky"),
	27: sensitiveState("usri"),
}

// usNational1 is usnat as it was before August 2024.
var usNational1 = national(1, 12, 2)

func national(version, sensitive, children int) layout {
	return layout{name: "usnat", version: version, core: []field{
		sharingNotice, saleNotice, sharingOutNotice, targetedNotice, sensitiveNotice, limitUseNotice,
		sale, sharing, targeted, sensitiveData.times(sensitive), knownChild.times(children), personalData,
		covered, optOutMode, providerMode,
	}}
}

// state is the layout that most states share.
func state(name string, notice field, sensitive, children int, more ...field) layout {
	return layout{name: name, version: 1, core: slices.Concat(
		[]field{notice, saleNotice, targetedNotice, sale, targeted, sensitiveData.times(sensitive), knownChild.times(children)},
		more,
		[]field{covered, optOutMode, providerMode},
	)}
}

// sensitiveState is the layout of the states that keep sensitive data apart.
func sensitiveState(name string) layout {
	return layout{name: name, version: anyVersion, sensitive: true, core: []field{
		covered, mode, processingNotice, saleNotice, targetedNotice, sale, targeted, knownChild, additionalData,
	}}
}
