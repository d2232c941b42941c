-- Lines that wait for a panel that does not answer are put off together: found by their panel, not by reading all that the panel has.
create index lines_waiting on lines (panel_business_id, panel_id, next_try_at) where trouble is not null and next_try_at is not null;
