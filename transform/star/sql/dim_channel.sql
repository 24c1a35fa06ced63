/* transform/star/sql/dim_channel.sql
grain: [channel_key]
title: {en: Channel, zh: 渠道}
description:
  en: One row per channel that touches or stamps on orders name (one that is known only from them is paid when a touch of it is a click on an ad), the credit that no touch takes (unattributed) and the unknown member -1.
  zh: 触点与订单标记涉及的渠道(未预置的渠道若有广告点击则视为付费),另有“未归因”与未知成员 -1。
materialize: table
audits:
  - {unique: [channel_key]}
*/
with known (channel, title_en, title_zh, is_direct, is_paid) as (
    values
        ('direct', 'Direct', '直接访问', true, false),
        ('unattributed', 'Unattributed', '未归因', false, false),
        ('live_room', 'Live room', '直播间', false, false),
        ('short_video', 'Short video', '短视频', false, false),
        ('creator', 'Creator', '达人', false, true),
        ('coupon', 'Coupon', '专属优惠券', false, false),
        ('tagged_link', 'Tagged link', '带参数链接', false, false),
        ('organic_search', 'Organic search', '自然搜索', false, false),
        ('paid_search', 'Paid search', '付费搜索', false, true),
        ('paid_social', 'Paid social', '信息流广告', false, true),
        ('email', 'E-mail', '邮件', false, false),
        ('sms', 'SMS', '短信', false, false),
        ('referral', 'Referral', '外部链接', false, false),
        ('search', 'Search', '搜索', false, false),
        ('cpc', 'Paid click', '按点击付费广告', false, true),
        ('paid', 'Paid (tagged with a click id)', '付费(带点击编号)', false, true),
        ('oceanengine', 'Ocean Engine', '巨量引擎', false, true),
        ('qianchuan', 'Qianchuan', '巨量千川', false, true),
        ('tencent', 'Tencent Ads', '腾讯广告', false, true),
        ('google', 'Google Ads', '谷歌广告', false, true),
        ('meta', 'Meta Ads', 'Meta 广告', false, true),
        ('kuaishou', 'Kuaishou', '快手磁力引擎', false, true),
        ('xiaohongshu', 'Xiaohongshu', '小红书', false, false),
        ('wechat', 'WeChat', '微信', false, false),
        ('douyin_live', 'Douyin live', '抖音直播', false, false)
),

named as (
    select known.channel from known
    union
    select touch.channel from entity.touch
    union
    select order_touch.channel from star.order_touch
    where order_touch.channel is not null
),

clicked as (
    select distinct touch.channel
    from entity.touch
    where touch.kind = 'ad_click'
)

select
    key63(named.channel) as channel_key,
    named.channel,
    coalesce(known.title_en, named.channel) as title_en,
    coalesce(known.title_zh, named.channel) as title_zh,
    coalesce(known.is_direct, false) as is_direct,
    coalesce(known.is_paid, clicked.channel is not null) as is_paid
from named
left join known
    on named.channel = known.channel
left join clicked
    on named.channel = clicked.channel

union all

select
    cast(-1 as bigint) as channel_key,
    '(unknown)' as channel,
    '(unknown)' as title_en,
    '(未知)' as title_zh,
    false as is_direct,
    false as is_paid
