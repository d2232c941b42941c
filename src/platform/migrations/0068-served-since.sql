-- What staff resume or restore unpaid goes on in grace. Time that is bought then was counted from the old end, the days in the dark among it; it
-- begins when the line came back. Kept until the next such act, so that what was bought after it can be told from what was bought before.
alter table subscriptions add column served_since timestamptz;

update subscriptions s set served_since = e.at
from (select business_id, subject_id, max(at) as at from events
  where type in ('subscription.resumed', 'subscription.restored') and data->>'to' = 'grace' group by 1, 2) e
where e.business_id = s.business_id and e.subject_id = s.id and s.status = 'grace';
