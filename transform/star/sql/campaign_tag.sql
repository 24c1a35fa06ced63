/* transform/star/sql/campaign_tag.sql
grain: [tag_kind, tag, campaign_key, valid_from_on]
title: {en: Campaign of a tag, zh: 标记所属活动}
description:
  en: Which of our campaigns a live room, video, coupon or tagged link belongs to and when. A session that is a member brings all its rooms; a link tagged with a campaign's own code belongs to it.
  zh: 直播间、视频、优惠券或带参链接在何时属于哪个自有活动;场次为成员时其全部直播间计入;链接参数等于活动编码时归入该活动。
materialize: table
audits:
  - {unique: [tag_kind, tag, campaign_key, valid_from_on]}
*/
with member as (
    select
        campaign_member.member_kind,
        campaign_member.member_id,
        campaign_member.campaign_key,
        campaign_member.valid_from_on,
        campaign_member.valid_to_on
    from entity.campaign_member
),

tagged as (
    select member.member_kind as tag_kind, member.member_id as tag, member.campaign_key, member.valid_from_on, member.valid_to_on
    from member
    where member.member_kind in ('room', 'video', 'coupon')
    union all
    select 'room' as tag_kind, live_session_room.room_id as tag, member.campaign_key, member.valid_from_on, member.valid_to_on
    from member
    inner join entity.live_session_room
        on member.member_id = live_session_room.live_session_id
    where member.member_kind = 'live_session'
    union all
    select 'link' as tag_kind, campaign.campaign_code as tag, campaign.campaign_key, date '1970-01-01' as valid_from_on, cast(null as date) as valid_to_on
    from entity.campaign
)

select
    tagged.tag_kind,
    tagged.tag,
    tagged.campaign_key,
    tagged.valid_from_on,
    max(coalesce(tagged.valid_to_on, date '9999-12-31')) as valid_to_on
from tagged
group by
    tagged.tag_kind,
    tagged.tag,
    tagged.campaign_key,
    tagged.valid_from_on
