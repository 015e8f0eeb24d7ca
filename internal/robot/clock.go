package robot

import (
	"context"
	"fmt"
	"time"

	"uketsuke/internal/casework"
)

// How far the clock may go back, or behind the mail server's, before people are told (trust.md S12).
const (
	clockBack   = 2 * time.Minute
	clockBehind = 10 * time.Minute
)

// checkClock compares the wall clock with its own past and with the mail server's arrival times, and tells the clerk
// once when it is wrong. The mails are done all the same: event time never falls, whatever the clock says.
func (r *Robot) checkClock(ctx context.Context, heads []Head) error {
	now := r.Now()
	var wrong string
	if now.Before(r.seen.Add(-clockBack)) {
		wrong = fmt.Sprintf("サーバーの時計が約%d分戻りました。", int(r.seen.Sub(now).Minutes()))
	}
	if len(heads) > 0 {
		r.behind = false
	}
	for _, h := range heads {
		if r.behind = h.InternalDate.After(now.Add(clockBehind)); r.behind {
			wrong = fmt.Sprintf("サーバーの時計が、メールサーバーの時刻より約%d分遅れております。", int(h.InternalDate.Sub(now).Minutes()))
			break
		}
	}
	if now.After(r.seen) {
		r.seen = now
	}
	if wrong == "" && !r.behind {
		delete(r.told, "clock")
	}
	if wrong == "" {
		return nil
	}
	if !r.told["clock"] {
		r.Log.Error("the clock is wrong; set it right", "now", now.Format(time.RFC3339))
	}
	return r.alarm(ctx, "clock", "サーバーの時計について", wrong+"システムの管理者様に、時刻の設定をご確認いただきますようお願いいたします。")
}

// alarm tells the clerk of something that is wrong with the robot or its mailbox, once for each what. An alarm that
// cannot be written is logged and tried again; only a fault of the database is an error: no mail waits for an alarm.
func (r *Robot) alarm(ctx context.Context, what, subject, why string) error {
	if r.told[what] {
		return nil
	}
	in := own("the robot itself", casework.Input{Kind: casework.MailAlarm, Subject: subject, Date: r.Now(), Why: why})
	done, err := r.handle(ctx, []casework.Inbound{in})
	if err != nil {
		return err
	}
	if err := done[0].Err; err != nil {
		r.Log.Error("an alarm could not be written", "alarm", what, "error", quiet(err))
		return nil
	}
	r.told[what] = true
	return nil
}
