package station

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/boot"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// eventLogPath is where the kernel shows what the firmware measured, if securityfs is mounted.
const eventLogPath = "sys/kernel/security/tpm0/binary_bios_measurements"

// maxEventLog is how long an event log may be to stand in the statement, in bytes. A longer one is kept in the state directory beside the log.
const maxEventLog = 24 << 10

// quotedPCRs are those that say which firmware and software was started, and with what: without 8, which is a boot loader's, and 10, which
// Linux extends all the time.
var quotedPCRs = []int{0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13}

// Boot states under which software the machine runs: the PCRs as the TPM quotes them, and the event log of the firmware. added is false if the log has that
// already since the TPM was started; index is that entry.
func (s *Station) Boot(ctx context.Context) (index int64, added bool, err error) {
	if err := s.checkBootable(); err != nil {
		return 0, false, err
	}
	events, err := s.eventLog()
	if err != nil {
		return 0, false, err
	}
	resets, restarts, err := s.chip.Starts()
	if err != nil {
		return 0, false, err
	}
	err = s.View(func(state *audit.State) error {
		index, added = state.Boot(resets, restarts)
		return nil
	})
	if err != nil || added {
		return index, false, err
	}
	by, err := s.ByStation()
	if err != nil {
		return 0, false, err
	}
	b := &statement.Boot{ByStation: by}
	host := Host(s.o.Root)
	b.Host = statement.Host{Name: orUnknown(host.Name), Vendor: host.Vendor, Product: host.Product, Kernel: orUnknown(host.Kernel)}
	if err := s.quote(b); err != nil {
		return 0, false, err
	}
	if len(events) <= maxEventLog {
		b.Events = events
	} else if b.EventHash, err = s.keepEventLog(events); err != nil {
		return 0, false, err
	}
	signed, err := s.Sign2(b)
	if err != nil {
		return 0, false, err
	}
	index, err = s.AppendChecked(ctx, signed, nil)
	return index, err == nil, err
}

func (s *Station) checkBootable() error {
	if s.state.TPM == nil {
		return fault.Refusef("station %s has a software key: only a TPM states what was started", s.Name())
	}
	version2, err := s.Version2()
	if err == nil && !version2 {
		err = fault.WithHint(fault.Refusef("the log has statements of version 1, and a boot statement is one of version 2"), "rasure station upgrade continues the log with version 2")
	}
	return err
}

func (s *Station) quote(b *statement.Boot) error {
	key, ok := s.counter.(*tpm.Station)
	if !ok {
		return message.New("the key of the station is not in a TPM")
	}
	quote, values, err := key.Quote(quotedPCRs, statement.BootNonce(b.Log))
	if err != nil {
		return notApproved(err)
	}
	q, err := tpm.OpenQuote(s.public, key.Policy(), quote)
	if err != nil {
		return err
	}
	b.Quote, b.Resets, b.Restarts, b.Firmware = quote, int64(q.ResetCount), int64(q.RestartCount), fmt.Sprintf("%016x", q.FirmwareVersion)
	for i, n := range quotedPCRs {
		b.PCRs = append(b.PCRs, statement.PCR{Index: int64(n), SHA256: values[i]})
	}
	return nil
}

// eventLog reads what the firmware measured. One that cannot be read by others is none.
func (s *Station) eventLog() ([]byte, error) {
	events, err := fs.ReadFile(s.o.Root, eventLogPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.WithHint(fault.Refusef("there is no event log of the firmware: /%s is missing", eventLogPath),
			"mount securityfs: mount -t securityfs securityfs /sys/kernel/security. A machine that was not started by UEFI has none")
	}
	if err == nil {
		_, err = boot.ReadLog(events)
	}
	if err != nil {
		return nil, message.Errorf("/%s: %w", eventLogPath, err)
	}
	return events, nil
}

func (s *Station) keepEventLog(events []byte) (sum statement.Hash, err error) {
	sum = sha256.Sum256(events)
	if err := os.MkdirAll(s.Path(audit.EvidenceDir), 0o755); err != nil {
		return sum, err
	}
	err = durable.WriteFile(s.Path(audit.EvidenceDir+audit.EventLogFile(sum)), events, 0o644)
	return sum, err
}

// CopyEventLogs copies the event logs that the station in a directory kept into a new directory, each as it was signed for. If there are none, it does nothing.
func CopyEventLogs(stateDir, to string) error {
	names, err := filepath.Glob(filepath.Join(stateDir, audit.EvidenceDir, "boot-*.eventlog"))
	if err != nil || len(names) == 0 {
		return err
	}
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		events, err := durable.ReadFile(name, boot.MaxLog)
		if err != nil {
			return err
		}
		if filepath.Base(name) != audit.EventLogFile(sha256.Sum256(events)) {
			return fault.NotVerifiedf("%s is not the event log that was signed for", name)
		}
		if err := durable.WriteNew(filepath.Join(to, filepath.Base(name)), events, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// attested says in a statement that names the head of that size under which software it is made: the one of the newest boot statement, if that is of this
// boot.
func (s *Station) attested(log statement.Head, software *statement.Software) error {
	software.Attested = "none"
	if s.state.TPM == nil || log.Size == 0 {
		return nil
	}
	var index int64
	resets, restarts, err := s.chip.Starts()
	if err != nil {
		return err
	}
	known := false
	err = s.View(func(state *audit.State) error {
		index, known = state.Boot(resets, restarts)
		return nil
	})
	if err != nil || !known || index >= log.Size {
		return err
	}
	entry, err := s.log.Entry(index)
	if err != nil {
		return err
	}
	if software.Attested = "boot"; !s.tpmKey().Policy().IsZero() {
		software.Attested = "bound"
	}
	software.Boot = &statement.Ref{Index: index, SHA256: certify.TextSHA256(entry)}
	return nil
}
