"""Rollout: metrics, promotion criteria, rollback rules and the judge that holds them against a policy; pure."""
