-- A payout that was noted by hand and did not reach him is taken back: it counts as not paid from then on. What else its row says stays for good.
alter table affiliate_payouts
  add column taken_back_at timestamptz,
  add column taken_back_by text,
  add column taken_back_reason text check (length(taken_back_reason) between 1 and 500),
  -- What of his commissions in this currency had been let go by then: what was let go later was so since he counted as paid. Null: nobody wrote it down.
  add column let_go_minor bigint check (let_go_minor >= 0),
  add constraint affiliate_payouts_taken_back check (num_nonnulls(taken_back_at, taken_back_by, taken_back_reason) in (0, 3)),
  add constraint affiliate_payouts_taken_back_way check (taken_back_at is null or way = 'by_hand');
grant update (taken_back_at, taken_back_by, taken_back_reason) on affiliate_payouts to linekeeper_app;
