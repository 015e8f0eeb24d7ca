package casework

// The letters of a case that changes its office.
const (
	LetterTransfer      LetterKind = "transfer"
	LetterTransferred   LetterKind = "transferred"
	LetterTakenOver     LetterKind = "taken-over"
	LetterTransferTaken LetterKind = "transfer-taken"
)

type (
	// TransferLetter hands a case over to another office, with the protected bundle. Its text names nobody of the case.
	TransferLetter struct {
		View
		Again bool
	}
	// TransferredLetter tells concierge, intake agency or company which office looks after the case from now on.
	TransferredLetter struct {
		View
		For Role
		To  OtherOffice
	}
	// TakenOverLetter tells the intake agency that this office looks after the case now.
	TakenOverLetter struct {
		View
		From   string // name of the other office
		Former string // member number that the other office gave, where it is another one now
	}
	// TransferTakenLetter is this robot's one answer to the office that handed a case over.
	TransferTakenLetter struct{ View }
)

// Kind of each content.
func (TransferLetter) Kind() LetterKind      { return LetterTransfer }
func (TransferredLetter) Kind() LetterKind   { return LetterTransferred }
func (TakenOverLetter) Kind() LetterKind     { return LetterTakenOver }
func (TransferTakenLetter) Kind() LetterKind { return LetterTransferTaken }

func (l TransferredLetter) speaksTo() Role { return l.For }

// Sign is what a letter says to the other office's robot in its header, "" for every other letter. It proves nothing.
func (l TransferLetter) Sign() string      { return SignBundle }
func (l TransferTakenLetter) Sign() string { return SignTaken + l.Receipt }

// The signs: "bundle", and "taken; receipt=E26-00123".
const (
	SignBundle = "bundle"
	SignTaken  = "taken; receipt="
)
