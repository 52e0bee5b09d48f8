<?php
// A department's list behind PHP's SoapServer: 25 rows, at most 10 a page; behind HTTP Basic.
ini_set('soap.wsdl_cache_enabled', '0');
if (($_SERVER['PHP_AUTH_PW'] ?? '') !== 'made-up-password') {
    header('WWW-Authenticate: Basic');
    http_response_code(401);
    exit;
}

class ListService
{
    public function query($page, $size)
    {
        $rows = [];
        $most = min($size, 10);
        for ($n = ($page - 1) * $most; $n < min(25, $page * $most); $n++) {
            $row = new stdClass();
            $row->id = "P$n";
            $row->name = "惠州市示例{$n}公司";
            $row->amount = '1000.10';
            $row->remark = null;
            $rows[] = $row;
        }
        return $rows;
    }
}

$server = new SoapServer(__DIR__ . '/list.wsdl');
$server->setClass('ListService');
$server->handle();
