// Package project reads heliu.yaml, the one file that a user keeps. The types in this file are its only declaration:
// the loader, the mistakes it reports, the JSON schema and the documentation of the keys all come from their tags.
//
//	yaml     the key; "-" is not in the file
//	en, zh   what it means
//	is       "required"; "short": a plain text in place of the mapping sets this key; "kind": exactly one of the
//	         keys so marked must be given; "rest": every key that is not declared goes here
//	oneof    the allowed values, separated by |
//	default  the value when the key is absent
//	eg       an example
package project

import (
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// FileName is the name of the project file.
const FileName = "heliu.yaml"

// Project is a heliu.yaml that was read without a mistake.
type Project struct {
	Dir  string `yaml:"-"` // absolute
	File string `yaml:"-"` // path of heliu.yaml as it is shown in errors

	Name        string            `yaml:"name" is:"required" en:"Name of the project" zh:"项目名称" eg:"acme"`
	Timezone    Zone              `yaml:"timezone" default:"Asia/Shanghai" en:"Zone of the company's day, where a shop or account names none" zh:"公司所在时区,店铺或账户未注明时采用"`
	Currency    Currency          `yaml:"currency" default:"CNY" en:"Currency that marts are shown in" zh:"本位币"`
	Language    string            `yaml:"language" oneof:"zh|en" default:"zh" en:"Language of titles in what is published" zh:"发布内容的标题语言"`
	Allow       []string          `yaml:"allow" oneof:"extract|build|publish" en:"What this program may do, where several share a lake: extract, build, publish; everything when absent" zh:"多个程序共用一个数据湖时,本程序可做的事:抽取、构建、发布;缺省为全部" eg:"extract"`
	Expect      Span              `yaml:"expect_within" default:"12 hours" en:"How old the last good read of a stream may be that another program reads; an older one keeps back what needs it" zh:"由其他程序抽取的数据流,最近一次成功读取最多可陈旧多久;超过则依赖它的表不更新"`
	Lake        Lake              `yaml:"lake" en:"Where raw data is kept: a folder, or s3://bucket/prefix" zh:"数据湖位置:本地文件夹或 s3://bucket/prefix"`
	Warehouse   Warehouse         `yaml:"warehouse" en:"Where the star and the marts are computed" zh:"数仓位置"`
	Memory      Size              `yaml:"memory" default:"700MB" en:"Memory limit of the engine; its process takes up to twice as much" zh:"计算引擎内存上限,进程最多占用其两倍"`
	Threads     int               `yaml:"threads" default:"0" en:"Threads of the engine; 0 takes one a core, and one a step while the raw data is below 16 MB" zh:"计算线程数,0 为每核一个,原始数据不足 16 MB 时每步一个"`
	Sources     map[string]Source `yaml:"sources" en:"The systems that are read, each under a name of its own" zh:"数据源,每个数据源一个名称"`
	Shops       map[string]Shop   `yaml:"shops" en:"The shops, by shop id" zh:"店铺,按店铺编号"`
	Exclusions  []Exclusion       `yaml:"exclusions" en:"Which orders are no sales: brushing, tests, staff purchases, other income" zh:"不计入销售的订单规则:刷单、测试、内购、其他收入"`
	OwnAuthors  []Author          `yaml:"own_authors" en:"Our own live and video accounts; all others are creators" zh:"自播账号,其余视为达人"`
	Personal    Personal          `yaml:"personal" en:"How personal data is hashed at landing" zh:"个人信息如何脱敏"`
	Attribution Attribution       `yaml:"attribution" en:"How sales are credited to channels" zh:"归因设置"`
	Stock       Stock             `yaml:"stock" en:"How stock is judged" zh:"库存设置"`
	Publish     []Target          `yaml:"publish" en:"Where finished marts go" zh:"发布目标"`
	Schedule    Cron              `yaml:"schedule" en:"When the nightly run is due, minute hour day month weekday; your scheduler starts it" zh:"夜间运行的约定时间:分 时 日 月 周;由您的调度器启动" eg:"0 2 * * *"`
	Retention   Retention         `yaml:"retention" en:"How long old versions are kept" zh:"历史版本保留"`
}

// Lake says where raw data is kept.
type Lake struct {
	Location string `yaml:"location" is:"short" default:"./lake" en:"A folder, or s3://bucket/prefix" zh:"文件夹或 s3://bucket/prefix"`
	Catalog  DSN    `yaml:"catalog" en:"Catalog: sqlite:FILE (beside a local lake when absent) or postgres://…, which several machines may share" zh:"目录库:sqlite:文件(缺省)或 postgres://…" eg:"${CATALOG_DSN}"`
	S3       S3     `yaml:"s3" en:"How the object storage is reached" zh:"对象存储连接"`
}

// S3 says how an object storage that speaks S3 is reached.
type S3 struct {
	Endpoint  string `yaml:"endpoint" en:"Address of the storage; absent for AWS" zh:"服务地址,AWS 可省略" eg:"https://oss-cn-shanghai.aliyuncs.com"`
	Region    string `yaml:"region" default:"us-east-1" en:"Region" zh:"地域"`
	PathStyle bool   `yaml:"path_style" default:"false" en:"Bucket in the path (MinIO, versitygw) instead of in the host name (AWS, Aliyun OSS, Tencent COS)" zh:"是否采用路径风格地址"`
	AccessKey Secret `yaml:"access_key" en:"Access key" zh:"访问密钥编号" eg:"${S3_ACCESS_KEY}"`
	SecretKey Secret `yaml:"secret_key" en:"Secret key" zh:"访问密钥" eg:"${S3_SECRET_KEY}"`
	Cache     Size   `yaml:"cache" default:"10GB" en:"Disk that copies of objects may take beside those being read, where DuckDB's httpfs is not installed" zh:"未安装 httpfs 时,本地缓存对象的磁盘上限"`
}

// Warehouse says where the star and the marts are computed.
type Warehouse struct {
	Location       string            `yaml:"location" is:"short" default:"duckdb:./warehouse.duckdb" en:"duckdb:FILE, private to the run, or trino://user@host:8080/catalog (?SSL=true for TLS) when one machine is outgrown" zh:"duckdb:文件(仅供运行使用),或 trino://用户@主机:8080/目录(TLS 加 ?SSL=true)"`
	Temp           string            `yaml:"temp" en:"Folder for what does not fit in memory; beside the warehouse when absent" zh:"溢出文件夹"`
	User           string            `yaml:"user" en:"User of the cluster, in place of the address's" zh:"集群用户名"`
	Password       Secret            `yaml:"password" en:"The user's password; over TLS only" zh:"密码,仅限 TLS" eg:"${TRINO_PASSWORD}"`
	Token          Secret            `yaml:"token" en:"A JWT in place of a password; over TLS only" zh:"JWT 令牌,仅限 TLS" eg:"${TRINO_TOKEN}"`
	Certificate    Secret            `yaml:"certificate" en:"Client certificate, PEM" zh:"客户端证书,PEM" eg:"${file:client.pem}"`
	CertificateKey Secret            `yaml:"certificate_key" en:"Key of the client certificate, PEM" zh:"客户端证书私钥,PEM" eg:"${file:client.key}"`
	CA             Secret            `yaml:"ca" en:"Who signed the cluster's certificate, PEM; those that the system trusts when absent" zh:"签发集群证书的 CA,PEM" eg:"${file:ca.pem}"`
	Session        map[string]string `yaml:"session" en:"Session properties of the cluster" zh:"集群会话属性" eg:"query_max_run_time: 2h"`
}

// OnTrino says whether a Trino cluster computes the warehouse.
func (w Warehouse) OnTrino() bool { return strings.HasPrefix(w.Location, "trino:") }

// Source is a configured system. Every key but connector is the connector's own; its connector.yaml declares them.
type Source struct {
	Connector string         `yaml:"connector" is:"required" en:"Kind of system; heliu source list --connectors names them" zh:"系统类型" eg:"taobao"`
	Elsewhere bool           `yaml:"elsewhere" default:"false" en:"Another program reads this source into the lake; here its tables are only built from, and no secret of it is needed" zh:"由其他程序抽取到数据湖;此处只用于构建,无需其密钥"`
	Streams   *yaml.Node     `yaml:"streams" en:"Streams and their mapping, in the connector's format; for files and sql" zh:"数据流及其映射,用于 files 与 sql"`
	Settings  map[string]any `yaml:",inline" is:"rest" en:"Settings of the connector" zh:"连接器设置"`
	Lines     map[string]int `yaml:"-"` // of the settings, by name
	File      string         `yaml:"-"` // where the source is written, for errors
	Line      int            `yaml:"-"`
}

// Shop is what no platform says about a shop.
type Shop struct {
	Title         string   `yaml:"title" is:"required" en:"Name of the shop" zh:"店铺名称"`
	Platform      string   `yaml:"platform" is:"required" en:"Platform" zh:"平台" eg:"taobao"`
	Zone          Zone     `yaml:"zone" en:"Zone of the shop's day; the project's when absent" zh:"店铺时区"`
	Currency      Currency `yaml:"currency" en:"Currency; the project's when absent" zh:"币种"`
	BusinessModel string   `yaml:"business_model" oneof:"pop|self_operated|distribution|own_site|offline" default:"pop" en:"Who sells" zh:"经营模式"`
	SalesOfRecord string   `yaml:"sales_of_record" oneof:"platform|erp" default:"platform" en:"Which system is the record of its sales" zh:"销售以哪个系统为准"`
	LegalEntity   string   `yaml:"legal_entity" en:"Legal entity" zh:"法人主体"`
	Line          int      `yaml:"-"`
}

// Exclusion marks orders that are no sales; all conditions given must hold.
type Exclusion struct {
	Rule         string `yaml:"rule" is:"required" en:"Name of the rule" zh:"规则名称"`
	Owner        string `yaml:"owner" is:"required" en:"Who answers for it" zh:"负责人"`
	Effect       string `yaml:"effect" is:"required" oneof:"brushing|test|staff|other_income" en:"What the orders are" zh:"订单性质"`
	From         Day    `yaml:"from" is:"required" en:"First day, inclusive" zh:"起始日(含)"`
	To           Day    `yaml:"to" en:"Last day, inclusive" zh:"截止日(含)"`
	Shop         string `yaml:"shop" en:"Shop id" zh:"店铺编号"`
	SellerFlag   string `yaml:"seller_flag" en:"Colour of the seller's flag" zh:"卖家旗帜"`
	MemoContains string `yaml:"memo_contains" en:"Words in the seller's memo" zh:"卖家备注包含"`
	Customer     string `yaml:"customer" en:"Buyer's id on the platform or e-mail address, hashed before it is stored; or the hash, as customer_ref shows it" zh:"买家在平台的编号或邮箱(存储前先哈希),或 customer_ref 中的密文"`
	SKU          string `yaml:"sku" en:"SKU code" zh:"商品编码"`
	Line         int    `yaml:"-"`
}

// Author is one of our own live or video accounts.
type Author struct {
	Platform string `yaml:"platform" is:"required" en:"Platform" zh:"平台" eg:"douyin"`
	Author   string `yaml:"author" is:"required" en:"The account's id on the platform, as orders carry it" zh:"平台账号编号"`
	Title    string `yaml:"title" en:"Name" zh:"名称"`
	Line     int    `yaml:"-"`
}

// Personal says how personal data is hashed at landing.
type Personal struct {
	Key Secret `yaml:"key" en:"Key of the hash; changing it parts old customers from new ones" zh:"哈希密钥,更换后新旧客户无法关联" eg:"${HELIU_PERSONAL_KEY}"`
}

// Attribution says how sales are credited to channels.
type Attribution struct {
	Model             string   `yaml:"model" oneof:"first|last|last_non_direct|linear|position|time_decay" default:"last_non_direct" en:"Model that campaign_roi shows; mart.attribution holds all" zh:"投放回报采用的归因模型"`
	LookBack          Span     `yaml:"look_back" default:"30 days" en:"How long before an order a touch counts" zh:"归因窗口"`
	HalfLife          Span     `yaml:"half_life" default:"7 days" en:"Half-life of the time decay model" zh:"时间衰减半衰期"`
	CoverageThreshold Fraction `yaml:"coverage_threshold" default:"0.3" en:"Share of sales with exact touches below which campaigns are not ranked" zh:"覆盖率低于此值时不排名"`
}

// Stock says how stock is judged.
type Stock struct {
	DemandWindow Span `yaml:"demand_window" default:"28 days" en:"Days of demand that cover is judged by" zh:"计算日均需求的天数"`
	LowCover     Span `yaml:"low_cover" default:"7 days" en:"Cover below which stock is low" zh:"低库存天数"`
	HighCover    Span `yaml:"high_cover" default:"90 days" en:"Cover above which stock is too high" zh:"高库存天数"`
}

// Target is one place where finished marts go.
type Target struct {
	DuckDB   string   `yaml:"duckdb" is:"kind" en:"A DuckDB file, swapped atomically" zh:"DuckDB 文件"`
	Postgres DSN      `yaml:"postgres" is:"kind" en:"A PostgreSQL database, swapped by schema" zh:"PostgreSQL 数据库" eg:"${BI_DSN}"`
	Parquet  string   `yaml:"parquet" is:"kind" en:"A folder of Parquet files" zh:"Parquet 文件夹"`
	CSV      string   `yaml:"csv" is:"kind" en:"A folder of CSV files" zh:"CSV 文件夹"`
	XLSX     string   `yaml:"xlsx" is:"kind" en:"A folder of Excel files" zh:"Excel 文件夹"`
	Tables   []string `yaml:"tables" en:"Tables that go there, * as in file names; mart.* and star.* when absent" zh:"发布的表,缺省为 mart.* 与 star.*" eg:"mart.*"`
	Schema   string   `yaml:"schema" en:"Schema of a database; mart and star keep their own when absent" zh:"数据库模式"`
	Line     int      `yaml:"-"`
}

// Kind returns the target's kind ("duckdb") and its location: a path as written, or what stands for a DSN.
func (t Target) Kind() (kind, location string) {
	switch {
	case t.DuckDB != "":
		return "duckdb", t.DuckDB
	case t.Postgres.Given():
		return "postgres", t.Postgres.String()
	case t.Parquet != "":
		return "parquet", t.Parquet
	case t.CSV != "":
		return "csv", t.CSV
	default:
		return "xlsx", t.XLSX
	}
}

// Retention says how long old versions are kept.
type Retention struct {
	Files        Span `yaml:"files" default:"7 days" en:"Files of the lake, after nothing needs them any more" zh:"数据湖中不再需要的文件的保留时间"`
	Publications int  `yaml:"publications" default:"3" en:"Published versions beside the current one" zh:"已发布版本数"`
}

// Path returns an absolute path for one that is written relative to the project folder.
func (p *Project) Path(written string) string {
	if filepath.IsAbs(written) {
		return filepath.Clean(written)
	}
	return filepath.Join(p.Dir, written)
}
