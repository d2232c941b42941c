-- What went over the wire for a call to a panel: of lines that are being set up, and of calls that failed. Without what is secret, and cut.

alter table panel_calls add column requests jsonb check (jsonb_typeof(requests) = 'array');
create index panel_calls_requests on panel_calls (business_id, at) where requests is not null;
