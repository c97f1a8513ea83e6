package module

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// watchEvery is how often the gateway looks for notices that were set elsewhere,
// and whether another version of the policy has come into force.
const watchEvery = 20 * time.Second

// watch keeps up with what changes without a reload, until ctx ends.
func (a *App) watch(ctx context.Context) {
	tick, stop := a.clock.Tick(watchEvery)
	defer stop()
	inForce := a.policyAt(a.today()).Version
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick:
			a.refreshNotices(ctx)
			today := a.rules.today(now)
			if version := a.policyAt(today).Version; version != inForce {
				inForce = version
				a.logger.Info("another version of the policy is in force", zap.String("policy", version))
				wait, cancel := context.WithTimeout(ctx, versionsWait)
				a.recordPolicy(wait, today)
				cancel()
			}
		}
	}
}

func (a *App) refreshNotices(ctx context.Context) {
	if err := a.notices.refresh(ctx); err != nil && ctx.Err() == nil {
		a.metrics.site(noSite).failure(failPolicy)
		a.logger.Warn("notices can't be read", zap.Error(err))
	}
}
