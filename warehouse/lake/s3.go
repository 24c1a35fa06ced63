package lake

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	iceio "github.com/apache/iceberg-go/io"
	_ "github.com/apache/iceberg-go/io/gocloud/s3" // registers s3:// with iceberg-go
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// S3Config reaches an object store. AWS S3, MinIO, Aliyun OSS and Tencent COS differ in these values only.
type S3Config struct {
	Endpoint     string // "https://oss-cn-hangzhou.aliyuncs.com"; "" is AWS
	Region       string // "cn-hangzhou"; "" is us-east-1
	PathStyle    bool   // the bucket is in the path (MinIO, versitygw), not in the host name (AWS, OSS, COS)
	AccessKey    string
	SecretKey    string
	SessionToken string // of temporary credentials
}

func (c S3Config) aws(patience time.Duration) (*aws.Config, error) {
	if c.AccessKey == "" || c.SecretKey == "" {
		return nil, errors.New("S3 needs an access key and a secret key: set them in the project's lake settings from the environment")
	}
	region := c.Region
	if region == "" {
		region = "us-east-1"
	}
	return &aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.SessionToken),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.DialContext = dialer().DialContext
			t.ResponseHeaderTimeout = patience
		}),
	}, nil
}

// properties are iceberg-go's names for the settings. A store other than AWS gets no trailing checksums, which OSS
// and COS refuse; what was landed is proved by its SHA-256 in any case.
func (c S3Config) properties() map[string]string {
	p := map[string]string{iceio.S3Region: c.Region, iceio.S3ForceVirtualAddressing: strconv.FormatBool(!c.PathStyle)}
	if c.Region == "" {
		p[iceio.S3Region] = "us-east-1"
	}
	if c.Endpoint != "" {
		p[iceio.S3EndpointURL] = c.Endpoint
		p[iceio.S3CompatMode] = "true"
	}
	return p
}
