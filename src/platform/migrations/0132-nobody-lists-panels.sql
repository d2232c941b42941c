-- Which panels are to be looked at is asked by the sweep, as the role for look-ups. Granted to all, it told every business the ids of the panels of all.
revoke execute on function panels_to_look_at(timestamptz, timestamptz) from linekeeper_app, linekeeper_report, linekeeper_auth;
revoke execute on function panels_to_watch(timestamptz, timestamptz) from linekeeper_app, linekeeper_report, linekeeper_auth;
